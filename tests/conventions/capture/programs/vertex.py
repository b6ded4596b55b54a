"""A model of Vertex AI's shape: a server of its answers, a client of it, and what is asked."""

from common import attempt
from small_server import serve


def answer(asked):
    text = "".join(p.get("text", "") for c in asked["contents"] for p in c["parts"])
    call = {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}
    said = call if asked.get("tools") else {"text": f"To sum up: {text}"}
    return {
        "candidates": [
            {"content": {"role": "model", "parts": [said]}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {
            "promptTokenCount": 12,
            "candidatesTokenCount": 7,
            "totalTokenCount": 19,
        },
        "modelVersion": "gemini-2.5-flash-001",
        "responseId": "r1",
    }


def streamed(asked):
    return [answer(asked)]


ADDRESS = serve({":generateContent": answer, ":streamGenerateContent": streamed})


def scenes():
    """Chat, a stream, a tool, a failure."""
    import vertexai
    from google.auth.credentials import AnonymousCredentials
    from vertexai.generative_models import (
        FunctionDeclaration,
        GenerationConfig,
        GenerativeModel,
        Tool,
    )

    vertexai.init(
        project="p",
        location="us-central1",
        api_endpoint=ADDRESS,
        api_transport="rest",
        credentials=AnonymousCredentials(),
    )
    model = GenerativeModel("gemini-2.5-flash", system_instruction="Answer shortly.")
    place = {"type": "object", "properties": {"city": {"type": "string"}}}
    weather = FunctionDeclaration(
        name="get_weather", parameters=place, description="The weather in a city."
    )

    def chat():
        warm = GenerationConfig(temperature=0.5, max_output_tokens=50)
        model.generate_content("What is the capital of France?", generation_config=warm)

    def stream():
        list(model.generate_content("Count to three.", stream=True))

    def tools():
        model.generate_content(
            "What is the weather? city: Paris", tools=[Tool(function_declarations=[weather])]
        )

    def conversation():
        talk = model.start_chat()
        talk.send_message("Say hello.")
        talk.send_message("And again.")

    def failing():
        model.generate_content("please fail")

    for scene in (chat, stream, tools, conversation, failing):
        attempt(scene)
