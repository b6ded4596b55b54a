// npm ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/anthropic@4.0.105 @ai-sdk/google@4.0.121 @ai-sdk/mistral@4.0.87 @ai-sdk/openai-compatible@3.0.92 @ai-sdk/otel@1.0.173 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0
// Vercel AI SDK of any version from 5 on, as it tells by itself or through a PROCESSOR of others: ONLY names the scenes.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createMistral } from "@ai-sdk/mistral";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { trace } from "@opentelemetry/api";
import * as ai from "ai";
import { z } from "zod";

const { OTLPTraceExporter } = process.env.AS_JSON
  ? await import("@opentelemetry/exporter-trace-otlp-http")
  : await import("@opentelemetry/exporter-trace-otlp-proto");
const how = process.env.PROCESSOR ?? "plain";
let processors;
if (how === "openinference") {
  const { OpenInferenceSimpleSpanProcessor } = await import("@arizeai/openinference-vercel");
  processors = [new OpenInferenceSimpleSpanProcessor({ exporter: new OTLPTraceExporter() })];
} else if (how === "langfuse") {
  const { LangfuseSpanProcessor } = await import("@langfuse/otel");
  processors = [new LangfuseSpanProcessor({ publicKey: "pk-lf-local", secretKey: "sk-lf-local", baseUrl: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, exportMode: "immediate", shouldExportSpan: () => true })];
} else if (how === "langsmith") {
  process.env.LANGSMITH_TRACING = "true";
  process.env.LANGSMITH_API_KEY = "local";
  process.env.LANGSMITH_OTEL_ENABLED = "true";
  const { LangSmithOTLPTraceExporter } = await import("langsmith/experimental/otel/exporter");
  processors = [new SimpleSpanProcessor(new LangSmithOTLPTraceExporter({ url: `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces` }))];
} else if (how === "braintrust") {
  const { BraintrustSpanProcessor } = await import("@braintrust/otel");
  processors = [new BraintrustSpanProcessor({ apiKey: "local", apiUrl: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, parent: "project_name:demo" })];
} else if (how === "traceloop") {
  const tl = await import("@traceloop/node-server-sdk");
  tl.initialize({ baseUrl: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, apiKey: "local", disableBatch: true, silenceInitializationMessage: true });
  processors = null;
} else processors = [new SimpleSpanProcessor(new OTLPTraceExporter())];
let provider;
if (processors) {
  provider = new NodeTracerProvider({ spanProcessors: processors });
  provider.register();
}
const v7 = Boolean(ai.registerTelemetry);
if (v7) {
  const otel = await import("@ai-sdk/otel");
  const all = { usage: true, providerMetadata: true, embedding: true, reranking: true, experimental_decision: true, runtimeContext: true, headers: true, toolChoice: true, schema: true };
  const t = process.env.TELEMETRY ?? "otel";
  if (t === "otel") ai.registerTelemetry(new otel.OpenTelemetry());
  if (t === "full") ai.registerTelemetry(new otel.OpenTelemetry({ ...all, agentSpanName: "functionId", enrichSpan: ({ spanType }) => ({ "app.span": spanType, "session.id": "session-9", "user.id": "user-9" }) }));
  if (t === "legacy") ai.registerTelemetry(new otel.LegacyOpenTelemetry());
}
const odd = process.env.ODD;
const openai = createOpenAI({ baseURL: `${odd}/v1`, apiKey: "local" });
const local = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1`, apiKey: "local" });
const claude = createAnthropic({ baseURL: `${odd}/v1`, apiKey: "local" });
const google = createGoogleGenerativeAI({ baseURL: `${odd}/v1beta`, apiKey: "local" });
const mistral = createMistral({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const together = createOpenAICompatible({ name: "together", baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const model = local.chat("gpt-4o-mini");
const tele = (functionId, more = {}) => {
  const t = { isEnabled: true, functionId, metadata: { sessionId: "session-1", userId: "user-1", tags: ["demo", "wide"], tries: 2 }, ...more };
  return { telemetry: t, experimental_telemetry: t };
};
const steps = ai.stepCountIs ?? ai.isStepCount;
const get_weather = ai.tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => {
    if (city === "Oslo") throw new Error("no station in Oslo");
    return { city, weather: "sunny, 21 degrees" };
  },
});
const ask = (name) => `Where is Oslo? odd:${name}`;
const read = async (made) => { for await (const _ of made.fullStream); };
const own = trace.getTracer("app");
const vectors = (v) => ({
  specificationVersion: v, provider: "local.embedding", modelId: "vector-1", maxEmbeddingsPerCall: 2, supportsParallelCalls: true,
  doEmbed: async ({ values }) => ({ embeddings: values.map(() => [0.1, 0.2]), usage: { tokens: values.length }, warnings: [] }),
});
const spec = v7 ? "v4" : ai.rerank ? "v3" : "v2";
const reranker = {
  specificationVersion: spec, provider: "cohere.reranking", modelId: "rerank-1",
  doRerank: async () => ({ ranking: [{ index: 1, relevanceScore: 0.9 }, { index: 0, relevanceScore: 0.1 }], response: { id: "rr-1", modelId: "rerank-1-0" } }),
};
const scenes = {
  conversation: () =>
    ai.generateText({
      model,
      system: "Answer shortly.",
      messages: [
        { role: "user", content: "What is the weather in Rome?" },
        { role: "assistant", content: [{ type: "text", text: "I look." }, { type: "tool-call", toolCallId: "call_1", toolName: "get_weather", input: { city: "Rome" } }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "call_1", toolName: "get_weather", output: { type: "json", value: { weather: "rain" } } }] },
        { role: "assistant", content: "It rains." },
        { role: "user", content: "What is the capital of Italy?" },
      ],
      tools: { get_weather }, toolChoice: "none", temperature: 0.2, topP: 0.9, maxOutputTokens: 50, stopSequences: ["END"], seed: 7, ...tele("conversation"),
    }),
  stream_tools: () => ai.streamText({ model, prompt: "What is the weather in Paris and Oslo?", tools: { get_weather }, stopWhen: steps(3), onError: () => {}, ...tele("streamer") }).consumeStream(),
  dynamic: () =>
    ai.generateText({
      model, prompt: "What is the weather? city: Paris", stopWhen: steps(2), ...tele("dynamic"),
      tools: { get_weather: ai.dynamicTool({ description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), execute: async () => "sunny" }) },
    }),
  approval: async () => {
    const tools = { get_weather: ai.tool({ ...get_weather, needsApproval: true }) };
    const messages = [{ role: "user", content: "What is the weather in Paris and Oslo?" }];
    const first = await ai.generateText({ model, messages, tools, stopWhen: steps(2), ...tele("approval") });
    messages.push(...first.response.messages);
    const asked = first.content.filter((p) => p.type === "tool-approval-request");
    if (!asked.length) return;
    messages.push({ role: "tool", content: asked.map((a, n) => ({ type: "tool-approval-response", approvalId: a.approvalId, approved: n === 0, reason: n ? "not today" : undefined })) });
    await ai.generateText({ model, messages, tools, stopWhen: steps(2), ...tele("approval") });
  },
  client_tool: () => ai.generateText({ model, prompt: "What is the weather? city: Paris", tools: { get_weather: ai.tool({ description: "w", inputSchema: z.object({ city: z.string() }) }) }, ...tele("client") }),
  invalid_args: () => ai.generateText({ model: openai.chat("gpt-4o-mini"), prompt: ask("tools_bad"), tools: { get_weather }, stopWhen: steps(1), ...tele("invalid") }),
  unknown_tool: () => ai.generateText({ model: openai.chat("gpt-4o-mini"), prompt: ask("tools_none"), tools: { get_weather }, stopWhen: steps(1), ...tele("unknown") }),
  said_and_called: () => ai.generateText({ model: openai.chat("gpt-4o-mini"), prompt: ask("tools_said"), tools: { get_weather }, stopWhen: steps(1), ...tele("said") }),
  web_search: () => ai.generateText({ model: openai.responses("gpt-4o-mini"), prompt: ask("search"), tools: { web_search: (openai.tools.webSearch ?? openai.tools.webSearchPreview)({}) }, ...tele("searcher") }),
  web_search_stream: () => read(ai.streamText({ model: openai.responses("gpt-4o-mini"), prompt: ask("search"), tools: { web_search: (openai.tools.webSearch ?? openai.tools.webSearchPreview)({}) }, onError: () => {}, ...tele("searcher") })),
  claude_search: () => ai.generateText({ model: claude("claude-sonnet-4-5"), prompt: ask("search"), tools: { web_search: claude.tools.webSearch_20250305({}) }, ...tele("searcher") }),
  array: () => ai.generateObject?.({ model: google("gemini-2.5-flash"), output: "array", schema: z.object({ city: z.string() }), prompt: ask("json"), ...tele("array") }),
  enumerated: () => ai.generateObject?.({ model, output: "enum", enum: ["yes", "no"], prompt: "Is Oslo a city?", ...tele("enumerated") }),
  schemaless: () => ai.generateObject?.({ model: google("gemini-2.5-flash"), output: "no-schema", prompt: ask("json"), ...tele("schemaless") }),
  object: () => ai.generateObject?.({ model: google("gemini-2.5-flash"), schema: z.object({ city: z.string() }), schemaName: "City", schemaDescription: "A city.", system: "Say JSON.", prompt: ask("json"), ...tele("object") }),
  object_stream: async () => { const made = ai.streamObject?.({ model: google("gemini-2.5-flash"), schema: z.object({ city: z.string() }), prompt: ask("json"), onError: () => {}, ...tele("object_stream") }); if (made) { for await (const _ of made.partialObjectStream); await made.object; } },
  object_stream_failing: async () => { const made = ai.streamObject?.({ model, schema: z.object({ city: z.string() }), prompt: "please fail", maxRetries: 0, onError: () => {}, ...tele("object_stream_failing") }); if (made) { for await (const _ of made.partialObjectStream); await made.object; } },
  output_stream: async () => { const made = ai.streamText({ model: google("gemini-2.5-flash"), prompt: ask("json"), onError: () => {}, ...tele("output"), ...(ai.Output ? { [v7 || ai.rerank ? "output" : "experimental_output"]: ai.Output.object({ schema: z.object({ city: z.string() }) }) } : {}) }); await read(made); },
  retries: () => ai.generateText({ model, prompt: "too many", maxRetries: 1, ...tele("retries") }),
  retries_stream: () => read(ai.streamText({ model, prompt: "too many", maxRetries: 1, onError: () => {}, ...tele("retries") })),
  stumble: () => ai.streamText({ model: anthropic("claude-sonnet-4-5"), prompt: "Stumbles once: what is the capital of Peru?", maxRetries: 2, onError: () => {}, ...tele("stumble") }).consumeStream(),
  timeout: () => ai.generateText({ model, prompt: "never answers", abortSignal: AbortSignal.timeout(300), ...tele("timeout") }),
  timeout_stream: () => read(ai.streamText({ model, prompt: "never answers", abortSignal: AbortSignal.timeout(300), onError: () => {}, ...tele("timeout") })),
  stopped: async () => {
    const stop = new AbortController();
    const made = ai.streamText({ model: openai.chat("gpt-4o-mini"), system: "Answer shortly.", prompt: ask("emoji"), abortSignal: stop.signal, onError: () => {}, ...tele("stopped") });
    for await (const _ of made.textStream) stop.abort();
  },
  left: async () => {
    const made = ai.streamText({ model: claude("claude-sonnet-4-5"), prompt: ask("plain"), onError: () => {}, ...tele("left") });
    for await (const _ of made.textStream) break;
  },
  broken: () => read(ai.streamText({ model: openai.chat("gpt-4o-mini"), prompt: ask("broken"), maxRetries: 0, onError: () => {}, ...tele("broken") })),
  failed_stream: () => read(ai.streamText({ model: openai.responses("gpt-4o-mini"), prompt: ask("failed"), maxRetries: 0, onError: () => {}, ...tele("failed") })),
  overloaded: () => read(ai.streamText({ model: claude("claude-sonnet-4-5"), prompt: ask("overloaded"), maxRetries: 0, onError: () => {}, ...tele("overloaded") })),
  nested: () =>
    own.startActiveSpan("request", async (span) => {
      const inner = ai.tool({ description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => (await ai.generateText({ model: together("llama-3"), prompt: `What is the capital of ${city}?`, ...tele("inner") })).text });
      await ai.generateText({ model, prompt: "What is the weather? city: Paris", tools: { get_weather: inner }, stopWhen: steps(2), ...tele("outer") });
      span.end();
    }),
  compatible: () => read(ai.streamText({ model: together("llama-3"), prompt: "Count to three.", onError: () => {}, ...tele("compatible") })),
  mistral: () => ai.generateText({ model: mistral("mistral-small"), prompt: "What is the capital of Chile?", ...tele("mistral") }),
  gemini: () => read(ai.streamText({ model: google("gemini-2.5-flash"), prompt: ask("thought"), onError: () => {}, ...tele("gemini") })),
  gemini_image: () => ai.generateText({ model: google("gemini-2.5-flash"), prompt: ask("image"), ...tele("gemini") }),
  gemini_code: () => ai.generateText({ model: google("gemini-2.5-flash"), prompt: ask("code"), tools: { code_execution: google.tools.codeExecution({}) }, ...tele("gemini") }),
  gemini_unsafe: () => ai.generateText({ model: google("gemini-2.5-flash"), prompt: ask("unsafe"), ...tele("gemini") }),
  thought_tools: () => read(ai.streamText({ model: claude("claude-sonnet-4-5"), prompt: ask("tools_thought"), tools: { get_weather }, onError: () => {}, ...tele("thought"), providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } } })),
  cached: () => read(ai.streamText({ model: claude("claude-sonnet-4-5"), messages: [{ role: "user", content: ask("cache"), providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } }], onError: () => {}, ...tele("cached") })),
  inputs_off: () => ai.generateText({ model, prompt: "What is the capital of Spain?", ...tele("quiet", { recordInputs: false }) }),
  outputs_off: () => ai.generateText({ model, prompt: "What is the weather? city: Paris", tools: { get_weather }, stopWhen: steps(2), ...tele("quiet", { recordOutputs: false }) }),
  think_tag: () => ai.generateText({ model: ai.wrapLanguageModel({ model, middleware: ai.extractReasoningMiddleware({ tagName: "think" }) }), prompt: "What is the capital of Cuba?", ...tele("wrapped") }),
  at_once: () => Promise.all(["Cuba", "Peru", "Chile"].map((c) => ai.generateText({ model, prompt: `What is the capital of ${c}?`, ...tele("at_once") }))),
  prepared: () => ai.generateText({ model, prompt: "What is the weather? city: Paris", tools: { get_weather }, stopWhen: steps(2), prepareStep: ({ stepNumber }) => (stepNumber ? { model: anthropic("claude-sonnet-4-5"), toolChoice: "none" } : {}), ...tele("prepared") }),
  agent: async () => {
    const A = ai.ToolLoopAgent ?? ai.Experimental_Agent;
    const agent = new A({ id: "weatherman", model: anthropic("claude-sonnet-4-5"), instructions: "You know the weather.", system: "You know the weather.", tools: { get_weather }, stopWhen: steps(3), ...tele("weatherman") });
    const made = await agent.stream({ prompt: "What is the weather in Paris and Oslo?" });
    await made.consumeStream();
  },
  embed: () => ai.embed({ model: local.embedding?.("text-embedding-3-small") ?? local.textEmbeddingModel("text-embedding-3-small"), value: "Paris", ...tele("embedder") }),
  embed_chunks: () => ai.embedMany({ model: vectors(spec), values: ["Paris", "Oslo", "Rome", "Lima", "Bern"], ...tele("embedder") }),
  embed_failing: () => ai.embed({ model: { ...vectors(spec), doEmbed: async () => { throw new TypeError("no vectors today"); } }, value: "Paris", maxRetries: 0, ...tele("embedder") }),
  rerank: () => ai.rerank?.({ model: reranker, query: "capital of Norway", documents: ["Paris", "Oslo"], topN: 2, ...tele("ranker") }),
  rerank_objects: () => ai.rerank?.({ model: reranker, query: "capital of Norway", documents: [{ id: 1, text: "Paris" }, { id: 2, text: "Oslo" }], ...tele("ranker") }),
  image: () => (ai.generateImage ?? ai.experimental_generateImage)?.({ model: { specificationVersion: spec, provider: "local.image", modelId: "picture-1", maxImagesPerCall: 1, doGenerate: async () => ({ images: ["iVBORw0KGgo="], warnings: [], response: { timestamp: new Date(), modelId: "picture-1", headers: {} } }) }, prompt: "a cat", ...tele("painter") }),
  speech: () => (ai.generateSpeech ?? ai.experimental_generateSpeech)?.({ model: { specificationVersion: spec, provider: "local.speech", modelId: "voice-1", doGenerate: async () => ({ audio: new Uint8Array([82, 73, 70, 70]), warnings: [], usage: { characters: 13 }, response: { timestamp: new Date(), modelId: "voice-1", headers: {} } }) }, text: "Hello, Oslo.", ...tele("speaker") }),
  transcribe: () => (ai.transcribe ?? ai.experimental_transcribe)?.({ model: { specificationVersion: spec, provider: "local.transcription", modelId: "ear-1", doGenerate: async () => ({ text: "Hello, Oslo.", segments: [], language: "en", durationInSeconds: 1, warnings: [], usage: { inputTokens: 11, outputTokens: 4 }, response: { timestamp: new Date(), modelId: "ear-1", headers: {} } }) }, audio: new Uint8Array([82, 73, 70, 70]), ...tele("listener") }),
  aborted_before: async () => { const stop = new AbortController(); stop.abort(); await ai.generateText({ model, prompt: "What is the capital of Iran?", abortSignal: stop.signal, ...tele("early") }); },
  no_function: () => { const t = { isEnabled: true }; return ai.generateText({ model, prompt: "What is the capital of Kenya?", headers: { "x-app": "demo" }, telemetry: t, experimental_telemetry: t }); },
  no_such_model: () => ai.generateText({ model: local.chat("gpt-none"), prompt: "please fail", maxRetries: 0, ...tele("none") }),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try {
    await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 8000))]);
  } catch (error) {
    console.log(name, String(error).slice(0, 150));
  }
}
await new Promise((done) => setTimeout(done, 400));
await provider?.forceFlush();
await provider?.shutdown();
process.exit(0);
