// npm @arizeai/openinference-instrumentation-langchain@4.1.1 @arizeai/openinference-core@2.7.1 @traceloop/instrumentation-langchain @langfuse/langchain@5.11.1 @langfuse/otel@5.11.1 @langfuse/tracing@5.11.1 @langfuse/core@5.11.1 langsmith@0.12.0 langchain@1 @langchain/core@1 @langchain/openai@1 @langchain/anthropic@1 @langchain/langgraph@1 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0 @opentelemetry/context-async-hooks@2.1.0 @opentelemetry/instrumentation@0.205.0
// LangChain for Node under the TELLER: agents, graphs, streams, fallbacks, rare answers; ONLY names the scenes.
const teller = process.env.TELLER;
const base = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
if (teller === "langsmith") Object.assign(process.env, { LANGSMITH_TRACING: "true", LANGSMITH_OTEL_ENABLED: "true", LANGSMITH_API_KEY: "local", LANGSMITH_ENDPOINT: base, LANGCHAIN_CALLBACKS_BACKGROUND: "false" });
let done, config = {};
const { NodeTracerProvider, SimpleSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
if (teller === "langsmith") {
  const { initializeOTEL } = await import("langsmith/experimental/otel/setup");
  const { DEFAULT_LANGSMITH_SPAN_PROCESSOR: p } = initializeOTEL({ exporterConfig: { url: `${base}/v1/traces` } });
  done = async () => { await p.forceFlush(); await p.shutdown(); };
} else if (teller === "langfuse") {
  const { LangfuseSpanProcessor } = await import("@langfuse/otel");
  const { CallbackHandler } = await import("@langfuse/langchain");
  const p = new LangfuseSpanProcessor({ publicKey: "pk-lf-local", secretKey: "sk-lf-local", baseUrl: base, exportMode: "immediate" });
  const provider = new NodeTracerProvider({ spanProcessors: [p] });
  provider.register();
  config = { callbacks: [new CallbackHandler({ sessionId: "session-5", userId: "user-5", tags: ["demo"] })] };
  done = async () => { await p.forceFlush(); await provider.shutdown(); };
} else {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
  provider.register();
  const manager = await import("@langchain/core/callbacks/manager");
  if (teller === "openinference") {
    const { LangChainInstrumentation } = await import("@arizeai/openinference-instrumentation-langchain");
    const i = new LangChainInstrumentation({ tracerProvider: provider }); i.manuallyInstrument(manager);
  } else {
    const { LangChainInstrumentation } = await import("@traceloop/instrumentation-langchain");
    const i = new LangChainInstrumentation(); i.setTracerProvider(provider); i.manuallyInstrument({ callbackManagerModule: manager });
  }
  done = () => provider.shutdown();
}
const { tool } = await import("@langchain/core/tools");
const { Document } = await import("@langchain/core/documents");
const { ChatPromptTemplate } = await import("@langchain/core/prompts");
const { StringOutputParser } = await import("@langchain/core/output_parsers");
const { RunnableLambda, RunnableParallel } = await import("@langchain/core/runnables");
const { BaseRetriever } = await import("@langchain/core/retrievers");
const { HumanMessage, AIMessage, ToolMessage, SystemMessage } = await import("@langchain/core/messages");
const { createAgent } = await import("langchain");
const { StateGraph, MessagesAnnotation } = await import("@langchain/langgraph");
const { ChatOpenAI, OpenAIEmbeddings } = await import("@langchain/openai");
const { ChatAnthropic } = await import("@langchain/anthropic");
const { z } = await import("zod");
const odd = { baseURL: `${process.env.ODD}/v1` };
const local = { baseURL: process.env.OPENAI_BASE_URL };
const llm = new ChatOpenAI({ model: "gpt-4o-mini", temperature: 0, maxRetries: 0, configuration: local });
const strange = new ChatOpenAI({ model: "gpt-4o-mini", maxRetries: 0, configuration: odd });
const responses = new ChatOpenAI({ model: "o4-mini", maxRetries: 0, useResponsesApi: true, configuration: odd });
const claude = new ChatAnthropic({ model: "claude-sonnet-4-5", maxRetries: 0, maxTokens: 300, apiKey: "local", anthropicApiUrl: process.env.ODD });
const get_weather = tool(async ({ city }) => { if (city === "Oslo") throw new Error("no station in Oslo"); return `sunny in ${city}`; }, { name: "get_weather", description: "The weather in a city.", schema: z.object({ city: z.string() }) });
class Shelf extends BaseRetriever { lc_namespace = ["shelf"]; async _getRelevantDocuments() { return [new Document({ pageContent: "Oslo is the capital of Norway.", metadata: { source: "doc-1" }, id: "d1" }), new Document({ pageContent: "Paris.", metadata: {} })]; } }
class Broken extends BaseRetriever { lc_namespace = ["shelf"]; async _getRelevantDocuments() { throw new Error("no shelf"); } }
const prompt = ChatPromptTemplate.fromMessages([["system", "Answer shortly."], ["user", "{question}"]]);
const ask = (n) => [new SystemMessage("Answer shortly."), new HumanMessage(`Where is Oslo? odd:${n}`)];
const c = (more = {}) => ({ ...config, metadata: { session_id: "session-5", user_id: "user-5", langfuseSessionId: "session-5", langfuseUserId: "user-5" }, tags: ["demo"], ...more });
const drain = async (s) => { for await (const _ of await s); };
const scenes = {
  rag: () => RunnableLambda.from(async (q, cfg) => { const d = await new Shelf().invoke(q, cfg); return { question: `${d[0].pageContent} ${q}` }; }).pipe(prompt).pipe(llm).pipe(new StringOutputParser()).invoke("What is the capital of Norway?", c({ runName: "rag" })),
  parallel: () => RunnableParallel.from({ a: prompt.pipe(llm), b: prompt.pipe(llm) }).invoke({ question: "What is the capital of Peru?" }, c()),
  batch: () => llm.batch(["What is the capital of Cuba?", "What is the capital of Chile?"], c()),
  agent: () => createAgent({ model: llm, tools: [get_weather], systemPrompt: "You know the weather." }).invoke({ messages: [{ role: "user", content: "What is the weather in Paris and Rome? city: Paris" }] }, c()),
  agent_failing_tool: () => createAgent({ model: llm, tools: [get_weather] }).invoke({ messages: [{ role: "user", content: "What is the weather in Paris and Oslo?" }] }, c()),
  graph: () => new StateGraph(MessagesAnnotation).addNode("one", async (s, cfg) => ({ messages: [await llm.invoke(s.messages, cfg)] })).addNode("two", async (s) => ({ messages: [new AIMessage("done")] })).addEdge("__start__", "one").addEdge("one", "two").compile().invoke({ messages: [new HumanMessage("What is the capital of Kenya?")] }, c()),
  structured: () => llm.withStructuredOutput(z.object({ answer: z.string() }), { method: "jsonMode" }).invoke("Say it as JSON.", c()),
  stream: () => drain(strange.stream(ask("emoji"), c())),
  tools_stream: () => drain(strange.bindTools([get_weather]).stream(ask("tools"), c())),
  refusal: () => strange.invoke(ask("refusal"), c()),
  filter: () => strange.invoke(ask("filter"), c()),
  length: () => strange.invoke(ask("length"), c()),
  r_reasoned: () => responses.invoke(ask("reasoned"), c()),
  r_search: () => responses.invoke(ask("search"), c()),
  r_stream: () => drain(responses.stream(ask("reasoned"), c())),
  thought: () => claude.invoke(ask("thought"), c()),
  claude_tools: () => claude.bindTools([get_weather]).invoke(ask("tools_thought"), c()),
  claude_stream: () => drain(claude.stream(ask("plain"), c())),
  claude_cached: () => claude.invoke([new HumanMessage({ content: [{ type: "text", text: "Where is Oslo? odd:cache", cache_control: { type: "ephemeral" } }] })], c()),
  back: () => strange.bindTools([get_weather]).invoke([new HumanMessage("Weather?"), new AIMessage({ content: "", tool_calls: [{ id: "call_a", name: "get_weather", args: { city: "Paris" } }] }), new ToolMessage({ tool_call_id: "call_a", name: "get_weather", content: "sunny" }), new HumanMessage("Where is Oslo? odd:plain")], c()),
  picture: () => strange.invoke([new HumanMessage({ content: [{ type: "text", text: "Where is Oslo? odd:plain" }, { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }] })], c()),
  fallback: () => new ChatOpenAI({ model: "gpt-4o", maxRetries: 0, configuration: local }).withFallbacks([llm]).invoke("gpt-4o is ill", c()),
  retried: () => llm.withRetry({ stopAfterAttempt: 2 }).invoke("Stumbles once: what is the capital of Iran?", c()),
  failing: () => llm.invoke("please fail", c()),
  failing_stream: () => drain(llm.stream("too many", c())),
  filtered: () => strange.invoke(ask("filtered"), c()),
  broken_retriever: () => new Broken().invoke("x", c()),
  tool_alone: () => get_weather.invoke({ city: "Paris" }, c()),
  left: async () => { for await (const _ of await strange.stream(ask("emoji"), c())) break; },
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 8000))]); }
  catch (error) { console.log(name, String(error).slice(0, 150)); }
}
await new Promise((d) => setTimeout(d, 500));
await done();
process.exit(0);
