// npm langsmith@0.10.5 openai@6 ai@6.0.326 @ai-sdk/openai@3 @langchain/core@1 @langchain/openai@1 @langchain/langgraph@1 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0 @opentelemetry/context-async-hooks@2.1.0
// LangSmith for Node in its OTel mode: @traceable, a wrapped OpenAI client, LangChain with a tool, a failing call.
const base = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
Object.assign(process.env, {
  LANGSMITH_TRACING: "true",
  LANGSMITH_OTEL_ENABLED: "true",
  LANGSMITH_API_KEY: "local",
  LANGSMITH_ENDPOINT: base,
  LANGCHAIN_CALLBACKS_BACKGROUND: "false",
});
const { initializeOTEL } = await import("langsmith/experimental/otel/setup");
const { DEFAULT_LANGSMITH_SPAN_PROCESSOR: processor } = initializeOTEL({
  exporterConfig: { url: `${base}/v1/traces` },
});
const { traceable } = await import("langsmith/traceable");
const { wrapOpenAI } = await import("langsmith/wrappers");
const { default: OpenAI } = await import("openai");
const { ChatOpenAI } = await import("@langchain/openai");
const { tool } = await import("@langchain/core/tools");
const { createReactAgent } = await import("@langchain/langgraph/prebuilt");
const { z } = await import("zod");
const openai = wrapOpenAI(new OpenAI({ maxRetries: 0 }));
const asked = (content) => ({ model: "gpt-4o-mini", messages: [{ role: "user", content }] });
const shelf = traceable(async () => [{ page_content: "Oslo is the capital of Norway.", metadata: { id: "doc-1" } }], {
  name: "shelf",
  run_type: "retriever",
});
const assistant = traceable(
  async (question) => {
    const found = await shelf(question);
    const made = await openai.chat.completions.create(asked(`${found[0].page_content} ${question}`));
    return made.choices[0].message.content;
  },
  { name: "assistant", metadata: { session_id: "session-1", user_id: "user-1" }, tags: ["demo"] },
);
const get_weather = tool(async () => "sunny, 21 degrees", {
  name: "get_weather",
  description: "The weather in a city.",
  schema: z.object({ city: z.string() }),
});
const llm = new ChatOpenAI({ model: "gpt-4o-mini", temperature: 0, maxRetries: 0, configuration: { baseURL: process.env.OPENAI_BASE_URL } });
const scenes = {
  traced: () => assistant("What is the capital of Norway?"),
  stream: async () => {
    const made = await openai.chat.completions.create({ ...asked("Count to three."), stream: true, stream_options: { include_usage: true } });
    for await (const _ of made);
  },
  responses: () => openai.responses.create({ model: "gpt-4o-mini", input: "What is the capital of France?" }),
  agent: () =>
    createReactAgent({ llm, tools: [get_weather], name: "weatherman" }).invoke({ messages: [{ role: "user", content: "What is the weather? city: Paris" }] }),
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
await processor.shutdown();
process.exit(0);
