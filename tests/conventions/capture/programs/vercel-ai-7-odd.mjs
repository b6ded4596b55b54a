// npm ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/anthropic@4 @ai-sdk/google@4 @ai-sdk/otel@1.0.173 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0
// Vercel's AI SDK: thoughts, tools of the provider's own, streams with tools and one that is stopped, many embeddings, no content.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import * as ai from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
provider.register();
if (ai.registerTelemetry) {
  const otel = await import("@ai-sdk/otel");
  ai.registerTelemetry(new otel.OpenTelemetry());
}
const odd = process.env.ODD;
const openai = createOpenAI({ baseURL: `${odd}/v1`, apiKey: "local" });
const local = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const anthropic = createAnthropic({ baseURL: `${odd}/v1`, apiKey: "local" });
const google = createGoogleGenerativeAI({ baseURL: `${odd}/v1beta`, apiKey: "local" });
const telemetry = { isEnabled: true, functionId: "assistant", metadata: { sessionId: "session-3", userId: "user-3" } };
const told = { telemetry, experimental_telemetry: telemetry };
const silent = { isEnabled: true, recordInputs: false, recordOutputs: false };
const steps = ai.stepCountIs ?? ai.isStepCount;
const tools = {
  get_weather: ai.tool({
    description: "The weather.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      if (city !== "Paris") throw new Error(`no station in ${city}`);
      return { city, weather: "sunny" };
    },
  }),
};
const ask = (name) => `Where is Oslo? odd:${name}`;
const read = async (made) => {
  for await (const _ of made.fullStream);
};
const both = (model, name, more = {}) => async () => {
  await ai.generateText({ model, prompt: ask(name), ...told, ...more }).catch((error) => console.log(name, String(error).slice(0, 200)));
  await read(ai.streamText({ model, prompt: ask(name), onError: () => {}, ...told, ...more }));
};
const scenes = {
  refusal: both(openai.chat("gpt-4o-mini"), "refusal"),
  empty: both(openai.chat("gpt-4o-mini"), "empty"),
  filter: both(openai.chat("gpt-4o-mini"), "filter"),
  tools: both(openai.chat("gpt-4o-mini"), "tools_once", { tools, stopWhen: steps(3) }),
  reasoned: both(openai.responses("o4-mini"), "reasoned", { providerOptions: { openai: { reasoningSummary: "auto" } } }),
  search: both(openai.responses("gpt-4o-mini"), "search"),
  length: both(openai.responses("gpt-4o-mini"), "length", { maxOutputTokens: 16 }),
  failed: both(openai.responses("gpt-4o-mini"), "failed", { maxRetries: 0 }),
  thought: both(anthropic("claude-sonnet-4-5"), "thought", { providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } } }),
  claude_search: both(anthropic("claude-sonnet-4-5"), "search"),
  claude_tools: both(anthropic("claude-sonnet-4-5"), "tools_once", { tools, stopWhen: steps(3) }),
  cached: () =>
    ai.generateText({
      model: anthropic("claude-sonnet-4-5"),
      messages: [{ role: "user", content: ask("cache"), providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } }],
      ...told,
    }),
  gemini: both(google("gemini-2.5-flash"), "tools_thought", { tools }),
  filtered: both(openai.chat("gpt-4o-mini"), "filtered", { maxRetries: 0 }),
  stopped: async () => {
    const stop = new AbortController();
    const made = ai.streamText({ model: openai.chat("gpt-4o-mini"), prompt: ask("emoji"), abortSignal: stop.signal, onError: () => {}, ...told });
    for await (const _ of made.textStream) stop.abort();
  },
  silent: () => ai.generateText({ model: openai.chat("gpt-4o-mini"), prompt: ask("plain"), telemetry: silent, experimental_telemetry: silent }),
  vectors: () => ai.embedMany({ model: local.embedding("text-embedding-3-small"), values: ["Paris", "Oslo", "Rome"], ...told }),
  paper: () =>
    ai.generateText({
      model: openai.chat("gpt-4o-mini"),
      messages: [
        { role: "system", content: "Answer shortly." },
        {
          role: "user",
          content: [
            { type: "text", text: "What do these show? odd:plain" },
            { type: "file", data: "JVBERi0=", mediaType: "application/pdf", filename: "a.pdf" },
            { type: "image", image: new URL("https://example.org/cat.png") },
          ],
        },
      ],
      allowSystemInMessages: true,
      ...told,
    }),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 200));
  }
}
await provider.shutdown();
