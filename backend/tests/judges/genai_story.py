"""Judge: the official google-genai SDK for Python, 2.x and 3.x, Developer API and Vertex AI."""

from __future__ import annotations

from typing import Any

import google.genai
import story
from google.genai import Client, errors, types
from google.oauth2.credentials import Credentials

FRAME_BYTES = 640


def client(script: story.Script) -> Client:
    if script.vertex:
        credentials = Credentials(token=story.TOKEN)
        return Client(vertexai=True, project=story.PROJECT, location=story.LOCATION, credentials=credentials)
    return Client()


def config(thinks: bool, handle: str | None = None) -> types.LiveConnectConfig:
    city = types.Schema(type=types.Type.STRING)
    function = types.FunctionDeclaration(
        name=story.FUNCTION,
        description=story.FUNCTION_DESCRIPTION,
        parameters=types.Schema(type=types.Type.OBJECT, properties={"city": city}, required=["city"]),
    )
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction=story.INSTRUCTION,
        tools=[types.Tool(function_declarations=[function])],
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(handle=handle),
        thinking_config=types.ThinkingConfig(include_thoughts=True) if thinks else None,
    )


class Talk:
    """One connection, and what stays known from it."""

    def __init__(self, session: Any, script: story.Script) -> None:
        self._session, self._script = session, script
        self.handle = ""
        self.go_away_s = ""
        self.interrupted = False

    async def write(self, text: str) -> None:
        content = types.Content(role="user", parts=[types.Part(text=text)])
        await self._session.send_client_content(turns=content, turn_complete=True)

    async def say(self, clip: str) -> None:
        pcm = self._script.clip(clip)
        for at in range(0, len(pcm), FRAME_BYTES):
            blob = types.Blob(data=pcm[at : at + FRAME_BYTES], mime_type=f"audio/pcm;rate={story.RATE_HZ}")
            await self._session.send_realtime_input(audio=blob)

    async def listen(self, talk_over_with: str = "") -> story.Answer:
        """To the end of the turn that speaks. With a clip, that is said as soon as the voice begins.

        A turn that only calls functions may end before their results are spoken in the next one.
        """
        answer = story.Answer()
        while not answer.audio_bytes:
            async for message in self._session.receive():
                await self._take(message, answer)
                if talk_over_with and answer.audio_bytes:
                    await self.say(talk_over_with)
                    talk_over_with = ""
        return answer

    async def wait_for_go_away(self) -> None:
        async for message in self._session.receive():
            await self._take(message, story.Answer())
            if self.go_away_s:
                return
        raise story.StepFailed("the connection ended without goAway")

    async def wait_for_the_end(self) -> None:
        """Until the connection is gone; what comes before it is taken."""
        try:
            while True:
                async for message in self._session.receive():
                    await self._take(message, story.Answer())
        except errors.APIError as end:
            story.tell("dropped", code=end.code)

    async def _take(self, message: types.LiveServerMessage, answer: story.Answer) -> None:
        answer.audio_bytes += len(message.data or b"")
        if content := message.server_content:
            answer.heard += (content.input_transcription and content.input_transcription.text) or ""
            answer.said += (content.output_transcription and content.output_transcription.text) or ""
            self.interrupted = self.interrupted or bool(content.interrupted)
        if message.session_resumption_update:
            self.handle = message.session_resumption_update.new_handle or self.handle
        if message.go_away:
            self.go_away_s = message.go_away.time_left or ""
        if message.tool_call:
            await self._answer_calls(message.tool_call.function_calls or [])

    async def _answer_calls(self, calls: list[types.FunctionCall]) -> None:
        responses = [
            types.FunctionResponse(id=call.id, name=call.name, response={"output": story.the_time(**(call.args or {}))})
            for call in calls
        ]
        await self._session.send_tool_response(function_responses=responses)


async def before_go_away(talk: Talk) -> None:
    async with story.step("the greeting"):
        await talk.write(story.MY_NAME)
        story.tell("greeting", **(await talk.listen()).facts())
    async with story.step("the spoken question and the function call"):
        await talk.say("question")
        story.tell("question", **(await talk.listen()).facts())
    async with story.step("talking over the story"):
        await talk.write(story.STORY)
        cut = await talk.listen(talk_over_with="interruption")
        story.tell("interruption", interrupted=talk.interrupted, **cut.facts())
    async with story.step("the answer to what was said over the story"):
        story.tell("after interruption", **(await talk.listen()).facts())
    story.tell("ready for goAway")
    async with story.step("goAway"):
        await talk.wait_for_go_away()
        story.tell("goAway", time_left=talk.go_away_s)


async def tell_story() -> None:
    script = story.read_script()
    story.tell("client", name="google-genai", version=google.genai.__version__)
    live = client(script).aio.live
    async with live.connect(model=script.model, config=config(script.vertex)) as session:
        talk = Talk(session, script)
        await before_go_away(talk)
    async with live.connect(model=script.model, config=config(script.vertex, talk.handle)) as session:
        again = Talk(session, script)
        async with story.step("the question after the resumption"):
            await again.write(story.WHAT_IS_MY_NAME)
            story.tell("remembered", **(await again.listen()).facts())
        async with story.step("the drop"):
            story.tell("ready for the drop")
            await again.wait_for_the_end()
    async with live.connect(model=script.model, config=config(script.vertex, again.handle)) as session:
        at_last = Talk(session, script)
        async with story.step("the question after the drop"):
            await at_last.write(story.WHAT_IS_MY_NAME)
            story.tell("remembered after the drop", **(await at_last.listen()).facts())


if __name__ == "__main__":
    story.main(tell_story())
