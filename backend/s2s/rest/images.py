"""REST routes: images and video frames. Not in the call's channels, where they would delay audio."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Response

from s2s.core.events import ImageShared, VideoFrame
from s2s.core.images import MAX_IMAGE_BYTES, is_jpeg
from s2s.errors import ImagesUnsupported, NotAPicture, PicturesTooFast, PictureTooLarge
from s2s.rest.dependencies import TheSession
from s2s.rest.problem_details import documented

router = APIRouter(prefix="/api/session", tags=["session"])


@router.post(
    "/{session_id}/image",
    status_code=204,
    summary="Show a picture, or a frame of a camera or screen",
    responses=documented(401, 403, 404, 409, 413, 422, 429),
)
async def image(
    session: TheSession,
    jpeg: Annotated[bytes, Body(media_type="image/jpeg", description="A JPEG of at most 240 kB.")],
    source: Annotated[
        Literal["picture", "camera", "screen"],
        Query(description="A picture is kept until the AI may see it; frames of camera and screen are seen or lost."),
    ] = "picture",
) -> Response:
    """Add an image to the conversation; the next spoken or typed message may be about it."""
    if len(jpeg) > MAX_IMAGE_BYTES:
        raise PictureTooLarge(f"{len(jpeg)} bytes; the limit is {MAX_IMAGE_BYTES}")
    if not is_jpeg(jpeg):
        raise NotAPicture("the body does not begin as a JPEG does")
    if not session.conversation.capabilities.images:
        raise ImagesUnsupported("the model takes sound and text only")
    if wait_s := session.image_rate.retry_after_s(asyncio.get_running_loop().time()):
        raise PicturesTooFast("more pictures than a conversation needs", wait_s)
    if source != "picture":
        session.feed(VideoFrame(jpeg))
    elif session.conversation.images.is_full:
        raise PicturesTooFast("the AI has not looked at the last pictures yet")
    else:
        session.feed(ImageShared(jpeg))
    return Response(status_code=204)
