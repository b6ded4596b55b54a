// npm ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/otel@1.0.173 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0
// Vercel's AI SDK 7: an agent, tools at once and one that fails, objects, streams, a picture, a rerank, retries.
import { createOpenAI } from "@ai-sdk/openai";
import * as otel from "@ai-sdk/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import * as ai from "ai";
import { z } from "zod";

const { embed, generateText, isStepCount, Output, rerank, stepCountIs, streamText, tool, ToolLoopAgent } = ai;
const steps = stepCountIs ?? isStepCount;
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
provider.register();
console.log(Object.keys(otel).join(" "));
ai.registerTelemetry(new otel.OpenTelemetry());
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const model = openai.chat("gpt-4o-mini");
const telemetry = { isEnabled: true, functionId: "assistant" };
const tools = {
  get_weather: tool({
    description: "The weather in a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      if (city === "Oslo") throw new Error("no station in Oslo");
      return { city, weather: "sunny, 21 degrees" };
    },
  }),
};
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const reranker = {
  specificationVersion: "v4",
  provider: "local",
  modelId: "rerank-1",
  doRerank: async () => ({ ranking: [{ index: 1, relevanceScore: 0.9 }, { index: 0, relevanceScore: 0.1 }] }),
};
const scenes = {
  agent: () =>
    new ToolLoopAgent({ id: "weatherman", model, instructions: "You know the weather.", tools, stopWhen: steps(3), telemetry }).generate({
      prompt: "What is the weather in Paris and Oslo?",
    }),
  object: () =>
    generateText({ model, output: Output.object({ schema: z.object({ answer: z.string() }) }), prompt: "Say it as JSON.", telemetry }),
  stream: async () => {
    const made = streamText({ model, prompt: "Count to three.", maxOutputTokens: 3, telemetry });
    for await (const _ of made.textStream);
  },
  picture: () =>
    generateText({
      model,
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "What does it show?" }, { type: "image", image: Buffer.from(PIXEL, "base64") }],
        },
      ],
      telemetry,
    }),
  responses: () => generateText({ model: openai("gpt-4o-mini"), prompt: "What is the capital of Norway?", telemetry }),
  retried: () => generateText({ model, prompt: "Busy at first: what is the capital of Peru?", maxRetries: 2, telemetry }),
  embed: () => embed({ model: openai.embedding("text-embedding-3-small"), value: "Paris", telemetry }),
  rerank: () => rerank({ model: reranker, query: "capital of Norway", documents: ["Paris", "Oslo"], topN: 2, telemetry }),
  failing: () => generateText({ model, prompt: "please fail", maxRetries: 0, telemetry }),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 300));
  }
}
await provider.shutdown();
