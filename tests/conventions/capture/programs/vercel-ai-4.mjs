// npm ai@4.3.19 @ai-sdk/openai@1.3.24 zod@3.25.76 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0
// Vercel's AI SDK: text, a stream, a tool, an object, embeddings, a failing call.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const model = openai.chat("gpt-4o-mini");
const experimental_telemetry = {
  isEnabled: true,
  functionId: "assistant",
  metadata: { sessionId: "session-1", userId: "user-1", tags: ["demo"] },
};
const get_weather = tool({
  description: "The weather in a city.",
  parameters: z.object({ city: z.string() }),
  execute: async () => "sunny, 21 degrees",
});
const scenes = {
  text: () =>
    generateText({ model, system: "Answer shortly.", prompt: "What is the capital of France?", temperature: 0, experimental_telemetry }),
  stream: async () => {
    const made = streamText({ model, prompt: "Count to three.", experimental_telemetry });
    for await (const _ of made.textStream);
  },
  tools: () =>
    generateText({ model, prompt: "What is the weather? city: Paris", tools: { get_weather }, maxSteps: 2, experimental_telemetry }),
  object: () =>
    generateObject({ model, schema: z.object({ answer: z.string() }), prompt: "Say it as JSON.", experimental_telemetry }),
  embed: () =>
    embedMany({ model: openai.embedding("text-embedding-3-small"), values: ["Paris", "Oslo"], experimental_telemetry }),
  failing: () => generateText({ model, prompt: "please fail", maxRetries: 0, experimental_telemetry }),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 200));
  }
}
await provider.shutdown();
