"""Anthropic's SDK within steps of a pipeline: calls one after the other, streams, a refusal."""

import os

import anthropic
from common import attempt

os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]
MODEL = "claude-sonnet-4-5"
TOOLS = [{"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}]


def messages(speaker):
    return speaker.wrap(anthropic.Anthropic(max_retries=0, timeout=20.0)).messages


def asking(text, **more):
    asked = [{"role": "user", "content": text}]
    return {"model": MODEL, "max_tokens": 200, "messages": asked, **more}


def pipeline(speaker):
    """Two steps of a run, one of which streams by the SDK's helper."""

    @speaker.step
    def plan(_):
        return messages(speaker).create(**asking("Plan it. odd:tools", tools=TOOLS)).stop_reason

    @speaker.step
    def tell(_):
        with messages(speaker).stream(**asking("Tell it. odd:plain")) as stream:
            return stream.get_final_message().stop_reason

    @speaker.step
    def answer(question):
        return [plan(question), tell(question)]

    answer("What is the weather?")


def one_after_the_other(speaker):
    @speaker.step
    def both(_):
        asked = ("One. odd:plain", "Two. odd:length")
        return [messages(speaker).create(**asking(text)).stop_reason for text in asked]

    both("Both?")


def refused(speaker):
    @speaker.step
    def fails(_):
        return messages(speaker).create(**asking("Fail. odd:filtered")).stop_reason

    attempt(fails, "Fails?")


SCENES = (pipeline, one_after_the_other, refused)
