// npm @arizeai/openinference-instrumentation-langchain@4.1.1 @arizeai/openinference-core@2.7.1 @langchain/core@1 @langchain/openai@1 @langchain/langgraph@1 zod@4 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/instrumentation@0.205.0
// LangChain for Node under OpenInference: a chain, an agent with a tool, a retriever, a stream, a failing call.
import { LangChainInstrumentation } from "@arizeai/openinference-instrumentation-langchain";
import { setSession } from "@arizeai/openinference-core";
import { context } from "@opentelemetry/api";
import * as manager from "@langchain/core/callbacks/manager";
import { tool } from "@langchain/core/tools";
import { Document } from "@langchain/core/documents";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { BaseRetriever } from "@langchain/core/retrievers";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const instrumentation = new LangChainInstrumentation({ tracerProvider: provider });
instrumentation.manuallyInstrument(manager);
const configuration = { baseURL: process.env.OPENAI_BASE_URL };
const llm = new ChatOpenAI({ model: "gpt-4o-mini", temperature: 0, maxRetries: 0, configuration });
const get_weather = tool(async () => "sunny, 21 degrees", {
  name: "get_weather",
  description: "The weather in a city.",
  schema: z.object({ city: z.string() }),
});
class Shelf extends BaseRetriever {
  lc_namespace = ["shelf"];
  async _getRelevantDocuments() {
    return [new Document({ pageContent: "Oslo is the capital of Norway.", metadata: { source: "doc-1" } })];
  }
}
const prompt = ChatPromptTemplate.fromMessages([["system", "Answer shortly."], ["user", "{question}"]]);
const scenes = {
  chain: () =>
    context.with(setSession(context.active(), { sessionId: "session-1" }), () =>
      prompt.pipe(llm).invoke({ question: "What is the capital of France?" }),
    ),
  agent: () =>
    createReactAgent({ llm, tools: [get_weather], name: "weatherman" }).invoke({
      messages: [{ role: "user", content: "What is the weather? city: Paris" }],
    }),
  retriever: () => new Shelf().invoke("capital of Norway"),
  stream: async () => {
    for await (const _ of await llm.stream("Count to three."));
  },
  failing: () => llm.invoke("please fail"),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 300));
  }
}
await provider.shutdown();
