// npm openai@6 @arizeai/openinference-instrumentation-openai@4.2.7 @arizeai/openinference-core@2.7.1 @traceloop/instrumentation-openai @langfuse/openai@5.11.1 @langfuse/otel@5.11.1 @langfuse/tracing@5.11.1 @langfuse/core@5.11.1 langsmith@0.12.0 @lmnr-ai/lmnr@0.8.46 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0 @opentelemetry/context-async-hooks@2.1.0 @opentelemetry/instrumentation@0.205.0 zod@4
// OpenAI's SDK for Node under the TELLER: rare answers, streams, tools, responses; ONLY names the scenes.
import { createRequire } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
const require = createRequire(import.meta.url);
const teller = process.env.TELLER;
const base = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
let early = null;
if (teller === "otel") {
  const { LoggerProvider, SimpleLogRecordProcessor } = require("@opentelemetry/sdk-logs");
  const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-proto");
  const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
  provider.register();
  const logs = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter() })] });
  const i = new OpenAIInstrumentation({ captureMessageContent: true });
  i.setMeterProvider(require("@opentelemetry/api").metrics.getMeterProvider()); i.setTracerProvider(provider); i.setLoggerProvider(logs); i.enable();
  early = async () => { await logs.shutdown(); await provider.shutdown(); };
}
const OpenAI = teller === "langfuse" || teller === "langsmith" ? await import("openai") : require("openai");
let wrap = (c) => c, done = async () => {}, grouped = (f) => f(), session = (f) => f();
if (teller === "openinference" || teller === "openllmetry") {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
  provider.register();
  const { OpenAIInstrumentation } = await import(teller === "openinference" ? "@arizeai/openinference-instrumentation-openai" : "@traceloop/instrumentation-openai");
  const i = new OpenAIInstrumentation(process.env.UPPER ? { enrichTokens: true } : undefined);
  i.manuallyInstrument(OpenAI.OpenAI ?? OpenAI);
  i.setTracerProvider?.(provider);
  done = () => provider.shutdown();
  if (teller === "openinference") {
    const { setSession, setUser, setTags, setMetadata } = await import("@arizeai/openinference-core");
    const { context } = await import("@opentelemetry/api");
    session = (f) => context.with(setTags(setUser(setSession(context.active(), { sessionId: "session-4" }), { userId: "user-4" }), ["demo"]), f);
  }
} else if (teller === "otel") {
  done = early;
} else if (teller === "laminar") {
  const { Laminar, observe } = await import("@lmnr-ai/lmnr");
  const u = new URL(base);
  Laminar.initialize({ projectApiKey: "local", baseUrl: `http://${u.hostname}`, httpPort: Number(u.port), forceHttp: true, disableBatch: true, instrumentModules: { OpenAI: OpenAI.OpenAI ?? OpenAI } });
  session = (f) => observe({ name: "session", sessionId: "session-4", userId: "user-4", tags: ["demo"] }, f);
  done = () => Laminar.shutdown();
} else if (teller === "langfuse") {
  const { observeOpenAI } = await import("@langfuse/openai");
  const { LangfuseSpanProcessor } = await import("@langfuse/otel");
  const { propagateAttributes } = await import("@langfuse/tracing");
  const p = new LangfuseSpanProcessor({ publicKey: "pk-lf-local", secretKey: "sk-lf-local", baseUrl: base, exportMode: "immediate" });
  const provider = new NodeTracerProvider({ spanProcessors: [p] });
  provider.register();
  wrap = (c) => observeOpenAI(c, { generationMetadata: { a: 1 }, tags: ["demo"] });
  session = (f) => propagateAttributes({ sessionId: "session-4", userId: "user-4" }, f);
  done = async () => { await p.forceFlush(); await provider.shutdown(); };
} else if (teller === "langsmith") {
  Object.assign(process.env, { LANGSMITH_TRACING: "true", LANGSMITH_OTEL_ENABLED: "true", LANGSMITH_API_KEY: "local", LANGSMITH_ENDPOINT: base });
  const { initializeOTEL } = await import("langsmith/experimental/otel/setup");
  const { DEFAULT_LANGSMITH_SPAN_PROCESSOR: p } = initializeOTEL({ exporterConfig: { url: `${base}/v1/traces` } });
  const { wrapOpenAI } = await import("langsmith/wrappers");
  wrap = (c) => wrapOpenAI(c, { metadata: { session_id: "session-4", user_id: "user-4" } });
  done = async () => { await p.forceFlush(); await p.shutdown(); };
}
const Client = OpenAI.OpenAI ?? OpenAI.default ?? OpenAI;
const odd = wrap(new Client({ apiKey: "local", baseURL: `${process.env.ODD}/v1`, maxRetries: 0 }));
const patient = wrap(new Client({ apiKey: "local", baseURL: `${process.env.ODD}/v1`, maxRetries: 2 }));
const local = wrap(new Client({ apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 }));
const tools = [{ type: "function", function: { name: "get_weather", description: "The weather.", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } } }];
const rtools = [{ type: "function", name: "get_weather", description: "The weather.", strict: false, parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } }];
const ask = (n) => `Where is Oslo? odd:${n}`;
const chat = (n, more = {}, c = odd) => c.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "system", content: "Answer shortly." }, { role: "user", content: ask(n) }], ...more });
const streamed = async (p) => { for await (const _ of await p); };
const resp = (n, more = {}, c = odd) => c.responses.create({ model: "gpt-4o-mini", instructions: "Answer shortly.", input: ask(n), ...more });
const scenes = {
  plain: () => chat("plain", { temperature: 0.3, max_tokens: 99, user: "user-7", seed: 3, metadata: { a: "b" } }),
  tools: () => chat("tools", { tools, tool_choice: "auto", parallel_tool_calls: true }),
  tools_stream: () => streamed(chat("tools", { tools, stream: true, stream_options: { include_usage: true } })),
  said_stream: () => streamed(chat("tools_said", { tools, stream: true })),
  back: () => odd.chat.completions.create({ model: "gpt-4o-mini", tools, messages: [
    { role: "user", content: "Weather in Paris and Rome?" },
    { role: "assistant", content: null, tool_calls: [{ id: "call_a", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } }, { id: "call_b", type: "function", function: { name: "get_weather", arguments: '{"city":"Rome"}' } }] },
    { role: "tool", tool_call_id: "call_a", content: "sunny" }, { role: "tool", tool_call_id: "call_b", content: [{ type: "text", text: "rain" }] },
    { role: "user", content: ask("plain") } ] }),
  refusal: () => chat("refusal"),
  refusal_stream: () => streamed(chat("refusal", { stream: true })),
  filter: () => chat("filter"),
  length_stream: () => streamed(chat("length", { stream: true, stream_options: { include_usage: true }, max_tokens: 2 })),
  empty: () => chat("empty"),
  reasoned: () => chat("reasoned", { model: "o4-mini", reasoning_effort: "low" }),
  several: () => chat("plain", { n: 2 }),
  picture: () => odd.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: [{ type: "text", text: ask("plain") }, { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }] }] }),
  object: () => local.chat.completions.parse?.({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Say it as JSON." }], response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object", properties: { answer: { type: "string" } } } } } }),
  run_tools: async () => { const r = local.chat.completions.runTools?.({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What is the weather? city: Paris" }], tools: [{ type: "function", function: { ...tools[0].function, parse: JSON.parse, function: async ({ city }) => `sunny in ${city}` } }] }); if (r) await r.finalContent(); },
  stream_helper: async () => { const s = local.chat.completions.stream?.({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Count to three." }] }); if (s) await s.finalChatCompletion(); },
  left: async () => { for await (const _ of await chat("emoji", { stream: true })) break; },
  filtered: () => chat("filtered"),
  busy: () => chat("busy_js", {}, patient),
  broken: () => chat("broken"),
  failing: () => local.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "please fail" }] }),
  failing_stream: () => streamed(local.chat.completions.create({ model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "too many" }] })),
  aborted: () => local.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "never answers" }] }, { signal: AbortSignal.timeout(200) }),
  completion: () => odd.completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "Where is Oslo? odd:plain" }),
  completion_stream: () => streamed(odd.completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "Where is Oslo? odd:plain", stream: true })),
  embed: () => local.embeddings.create({ model: "text-embedding-3-small", input: "Paris" }),
  embed_many: () => local.embeddings.create({ model: "text-embedding-3-small", input: ["Paris", "Oslo"], dimensions: 8 }),
  embed_failing: () => local.embeddings.create({ model: "text-embedding-3-small", input: "please fail" }),
  r_plain: () => resp("plain", { temperature: 0.1, metadata: { a: "b" } }),
  r_stream: () => streamed(resp("plain", { stream: true })),
  r_tools: () => resp("tools", { tools: rtools }),
  r_tools_stream: () => streamed(resp("tools", { tools: rtools, stream: true })),
  r_reasoned: () => resp("reasoned", { model: "o4-mini", reasoning: { summary: "auto" } }),
  r_reasoned_stream: () => streamed(resp("reasoned", { model: "o4-mini", reasoning: { summary: "auto" }, stream: true })),
  r_search: () => resp("search", { tools: [{ type: "web_search" }] }),
  r_builtin: () => resp("builtin", { tools: [{ type: "web_search" }] }),
  r_refusal: () => resp("refusal"),
  r_length: () => resp("length", { max_output_tokens: 16 }),
  r_failed: () => resp("failed"),
  r_failed_stream: () => streamed(resp("failed", { stream: true })),
  r_back: () => odd.responses.create({ model: "gpt-4o-mini", input: [{ role: "user", content: [{ type: "input_text", text: "Weather?" }, { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" }] }, { type: "function_call", call_id: "call_c", name: "get_weather", arguments: '{"city":"Paris"}' }, { type: "function_call_output", call_id: "call_c", output: "sunny" }, { role: "user", content: ask("plain") }], tools: rtools }),
  r_parse: () => local.responses.parse?.({ model: "gpt-4o-mini", input: "Say it as JSON.", text: { format: { type: "json_schema", name: "a", schema: { type: "object", properties: { answer: { type: "string" } } } } } }),
  r_failing: () => local.responses.create({ model: "gpt-4o-mini", input: "please fail" }),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try {
    await session(() => Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 8000))]));
  } catch (error) { console.log(name, String(error).slice(0, 150)); }
}
await new Promise((d) => setTimeout(d, 300));
await done();
process.exit(0);
