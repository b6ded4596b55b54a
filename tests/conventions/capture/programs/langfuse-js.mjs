// npm @langfuse/otel@5.11.1 @langfuse/tracing@5.11.1 @langfuse/openai@5.11.1 openai@6 ai@6.0.326 @ai-sdk/openai@3 zod@4 @opentelemetry/sdk-node@0.205.0 @opentelemetry/api@1.9.0
// Langfuse's SDK for Node: observations of every type, the wrapped OpenAI client, the AI SDK beside them.
import { createOpenAI } from "@ai-sdk/openai";
import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation, startObservation } from "@langfuse/tracing";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateText } from "ai";
import OpenAI from "openai";

const baseUrl = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const processor = new LangfuseSpanProcessor({ publicKey: "pk-lf-local", secretKey: "sk-lf-local", baseUrl, shouldExportSpan: () => true });
const sdk = new NodeSDK({ spanProcessors: [processor] });
sdk.start();
const openai = observeOpenAI(new OpenAI({ maxRetries: 0 }), { generationName: "answer" });
const ai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const asked = (content) => ({ model: "gpt-4o-mini", messages: [{ role: "user", content }] });
const scenes = {
  whole: () =>
    startActiveObservation("assistant", async (root) => {
      await propagateAttributes({ sessionId: "session-1", userId: "user-1", tags: ["demo"] }, async () => {
        root.update({ input: { question: "What is the capital of Norway?" } });
        const found = startObservation("shelf", { input: "Norway" }, { asType: "retriever" });
        found.update({ output: [{ content: "Oslo is the capital of Norway.", id: "doc-1" }] }).end();
        const tool = startObservation("get_weather", { input: { city: "Oslo" } }, { asType: "tool" });
        tool.update({ output: "rain, 8 degrees" }).end();
        const made = await openai.chat.completions.create(asked("What is the capital of Norway?"));
        const judged = startObservation("judge", { input: "Oslo" }, { asType: "evaluator" });
        judged.update({ output: { score: 1 } }).end();
        root.update({ output: made.choices[0].message.content });
      });
    }),
  stream: async () => {
    const made = await openai.chat.completions.create({ ...asked("Count to three."), stream: true, stream_options: { include_usage: true } });
    for await (const _ of made);
  },
  responses: () => openai.responses.create({ model: "gpt-4o-mini", input: "What is the capital of France?" }),
  embeddings: () => openai.embeddings.create({ model: "text-embedding-3-small", input: ["Paris", "Oslo"] }),
  vercel: () =>
    startActiveObservation("outer", async (root) => {
      const made = await generateText({ model: ai.chat("gpt-4o-mini"), prompt: "What is the capital of Italy?", experimental_telemetry: { isEnabled: true } });
      root.update({ output: made.text });
    }),
  failing: () => openai.chat.completions.create(asked("please fail")),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 300));
  }
}
await processor.forceFlush();
await sdk.shutdown();
