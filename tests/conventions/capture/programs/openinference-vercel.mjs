// npm ai@6.0.326 @ai-sdk/openai@3 zod@4 @arizeai/openinference-vercel@3.2.1 @arizeai/openinference-semantic-conventions@2.12.0 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0
// Vercel's AI SDK whose spans OpenInference's processor rewrites: text, stream, tool, object, embeddings, failure.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenInferenceSimpleSpanProcessor } from "@arizeai/openinference-vercel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embedMany, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({
  spanProcessors: [new OpenInferenceSimpleSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
provider.register();
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const model = openai.chat("gpt-4o-mini");
const experimental_telemetry = { isEnabled: true, functionId: "assistant", metadata: { sessionId: "session-1", userId: "user-1" } };
const get_weather = tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async () => ({ weather: "sunny, 21 degrees" }),
});
const scenes = {
  text: () => generateText({ model, system: "Answer shortly.", prompt: "What is the capital of France?", temperature: 0, experimental_telemetry }),
  stream: async () => {
    const made = streamText({ model, prompt: "Count to three.", experimental_telemetry });
    for await (const _ of made.textStream);
  },
  tools: () =>
    generateText({ model, prompt: "What is the weather in Paris and Oslo?", tools: { get_weather }, stopWhen: stepCountIs(2), experimental_telemetry }),
  object: () => generateObject({ model, schema: z.object({ answer: z.string() }), prompt: "Say it as JSON.", experimental_telemetry }),
  embed: () => embedMany({ model: openai.embedding("text-embedding-3-small"), values: ["Paris", "Oslo"], experimental_telemetry }),
  failing: () => generateText({ model, prompt: "please fail", maxRetries: 0, experimental_telemetry }),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 300));
  }
}
await provider.shutdown();
