// npm ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/anthropic@4.0.105 @ai-sdk/otel@1.0.173 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 zod@4.6.7
// Vercel AI SDK that follows plans, told of through another's tracer or wrapper (TELLER); ONLY names the scenes.
import { z } from "zod";
const teller = process.env.TELLER ?? "plain";
const base = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const odd = process.env.ODD;
let done = async () => {}, session = (name, f) => f(), tracer;
async function otlp() {
  const { NodeTracerProvider, SimpleSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return { NodeTracerProvider, SimpleSpanProcessor, OTLPTraceExporter };
}
async function plain(make) {
  const o = await otlp();
  const provider = new o.NodeTracerProvider({ spanProcessors: make ? make(o) : [new o.SimpleSpanProcessor(new o.OTLPTraceExporter())] });
  provider.register();
  done = async () => { await provider.forceFlush(); await provider.shutdown(); };
  return provider;
}
if (teller === "plain") await plain();
if (teller === "laminar") {
  const { Laminar, observe, getTracer } = await import("@lmnr-ai/lmnr");
  const u = new URL(base);
  Laminar.initialize({ projectApiKey: "local", baseUrl: `http://${u.hostname}`, httpPort: Number(u.port), forceHttp: true, disableBatch: true });
  tracer = getTracer();
  session = (name, f) => observe({ name: `handle-${name}`, sessionId: "chat-7", userId: "user-7", tags: ["demo"], metadata: { plan: name } }, f);
  done = () => Laminar.shutdown();
}
if (teller === "logfire") {
  process.env.LOGFIRE_TOKEN = "local";
  const logfire = await import("@pydantic/logfire-node");
  logfire.configure({ token: "local", serviceName: "demo", console: false, advanced: { baseUrl: base } });
  session = (name, f) => logfire.span(`handle ${name}`, { callback: () => f(), attributes: { plan: name } });
  done = async () => { await logfire.forceFlush?.(); await logfire.shutdown?.(); };
}
if (teller === "langsmith") {
  Object.assign(process.env, { LANGSMITH_TRACING: "true", LANGSMITH_OTEL_ENABLED: "true", LANGSMITH_API_KEY: "local", LANGSMITH_ENDPOINT: base });
  const { initializeOTEL } = await import("langsmith/experimental/otel/setup");
  const { DEFAULT_LANGSMITH_SPAN_PROCESSOR: p } = initializeOTEL({ exporterConfig: { url: `${base}/v1/traces` } });
  const { traceable } = await import("langsmith/traceable");
  session = (name, f) => traceable(f, { name: `handle-${name}`, metadata: { session_id: "chat-7", user_id: "user-7" }, tags: ["demo"] })();
  done = async () => { await p.forceFlush(); await p.shutdown(); };
}
let ai = await import("ai");
if (teller === "langsmith") {
  const { wrapAISDK } = await import("langsmith/experimental/vercel");
  ai = { ...ai, ...wrapAISDK(ai) };
}
const v7 = Boolean(ai.registerTelemetry);
if (v7 && teller !== "langsmith") {
  const otel = await import("@ai-sdk/otel");
  const T = process.env.TELEMETRY === "legacy" ? otel.LegacyOpenTelemetry : otel.OpenTelemetry;
  ai.registerTelemetry(new T(process.env.TELEMETRY === "full" ? { usage: true, providerMetadata: true, embedding: true, reranking: true, runtimeContext: true, headers: true, toolChoice: true, schema: true } : tracer ? { tracer } : undefined));
}
const { createOpenAI } = await import("@ai-sdk/openai");
const { createAnthropic } = await import("@ai-sdk/anthropic");
const openai = createOpenAI({ baseURL: `${odd}/v1`, apiKey: "local" });
const local = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const claude = createAnthropic({ baseURL: `${odd}/v1`, apiKey: "local" });
const gpt = openai.chat("gpt-4o-mini"), resp = openai.responses("o4-mini"), sonnet = claude("claude-sonnet-4-5");
const tele = (functionId, more = {}) => {
  if (teller === "langsmith") return {};
  const t = { isEnabled: true, functionId, recordInputs: true, recordOutputs: true, ...(tracer ? { tracer } : {}), metadata: { sessionId: "chat-7", userId: "user-7", tags: ["demo", functionId] }, ...more };
  return { telemetry: t, experimental_telemetry: t };
};
const steps = ai.stepCountIs ?? ai.isStepCount;
const get_weather = ai.tool({ description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => { if (city === "Oslo") throw new TypeError("no station in Oslo"); return { city, weather: "sunny" }; } });
const now = ai.tool({ description: "The time.", inputSchema: z.object({}), execute: async () => "noon" });
const progress = ai.tool({ description: "Counts slowly.", inputSchema: z.object({ to: z.number() }), async *execute({ to }) { for (let i = 1; i <= to; i++) yield { at: i }; } });
const tools = { get_weather, now, progress };
const read = async (made) => { for await (const _ of made.fullStream); };
const onError = () => {};
const A = ai.ToolLoopAgent ?? ai.Experimental_Agent;
const output = (o) => ({ [A === ai.ToolLoopAgent && ai.ToolLoopAgent ? "output" : "experimental_output"]: o });
const scenes = {
  loop: () => ai.generateText({ model: gpt, system: "Answer shortly.", prompt: "Loop? plan:[[get_weather(city=Paris) & now() ;; get_weather(city=Rome) ;; say Sunny in both at noon.]]", tools, stopWhen: steps(5), temperature: 0.1, maxOutputTokens: 77, ...tele("loop") }),
  loop_stream: () => read(ai.streamText({ model: sonnet, system: "Answer shortly.", prompt: "Loop stream? plan:[[think Which city. | say I look. | get_weather(city=Paris) & get_weather(city=Oslo) ;; say Sunny in Paris.]]", tools, stopWhen: steps(5), onError, ...tele("loop_stream") })),
  resp: () => ai.generateText({ model: resp, prompt: "Responses? plan:[[think First the time. | say It is noon.]]", providerOptions: { openai: { reasoningSummary: "auto" } }, ...tele("resp") }),
  agents: async () => {
    const researcher = new A({ id: "researcher", model: sonnet, instructions: "You research.", tools, stopWhen: steps(4), ...tele("researcher") });
    const ask_researcher = ai.tool({ description: "Asks the researcher.", inputSchema: z.object({ task: z.string() }), execute: async ({ task }, { abortSignal } = {}) => (await researcher.generate({ prompt: `${task} plan:[[get_weather(city=Rome) ;; say Rome is sunny.]]`, abortSignal })).text });
    const boss = new A({ id: "boss", model: gpt, instructions: "You delegate.", tools: { ask_researcher }, stopWhen: steps(4), ...tele("boss") });
    const r = await boss.generate({ prompt: "Delegate plan:[[ask_researcher(task=weather in Rome) ;; say The researcher says Rome is sunny.]]" });
    return r.text;
  },
  structured: async () => { const r = await ai.generateText({ model: gpt, prompt: 'Structured plan:[[get_weather(city=Paris) ;; say {"city": "Paris", "weather": "sunny"}]]', tools, stopWhen: steps(4), ...output(ai.Output.object({ schema: z.object({ city: z.string(), weather: z.string() }) })), ...tele("structured") }); return r.output; },
  object: () => ai.generateObject?.({ model: gpt, prompt: 'Object plan:[[say {"city": "Paris"}]]', schema: z.object({ city: z.string() }), ...tele("object") }),
  object_bad: () => ai.generateObject?.({ model: sonnet, prompt: 'Bad object plan:[[say {"town": 1}]]', schema: z.object({ city: z.string() }), maxRetries: 0, ...tele("object_bad") }),
  filtered: () => ai.generateText({ model: gpt, prompt: "Filtered plan:[[filtered]]", maxRetries: 0, ...tele("filtered") }),
  second_fails: () => ai.generateText({ model: gpt, prompt: "Second plan:[[now() ;; filtered]]", tools, stopWhen: steps(4), maxRetries: 0, ...tele("second_fails") }),
  embed: () => ai.embedMany({ model: local.embedding?.("text-embedding-3-small") ?? local.textEmbeddingModel("text-embedding-3-small"), values: ["Paris", "Oslo", "Rome"], ...tele("embed") }),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([session(name, async () => { const r = await scene(); return typeof r === "string" ? r : r?.text ?? r; }), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 8000))]); }
  catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await new Promise((d) => setTimeout(d, 500));
await done();
await new Promise((d) => setTimeout(d, 200));
process.exit(0);
