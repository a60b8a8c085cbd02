"""How payloads and texts are kept."""

import base64
import random

import pytest

from store.squeeze import squeezed, whole

NOISE = random.Random(7).randbytes(150_000)


@pytest.mark.parametrize("size", [0, 1, 500, 16_384, 16_385, 150_000])
@pytest.mark.parametrize(
    ("data", "share"),
    [
        pytest.param(b"Hola, te paso el texto definitivo. " * 5000, 0.02, id="text"),
        pytest.param(base64.encodebytes(NOISE), 0.78, id="attachment"),
        pytest.param(NOISE, 1.01, id="noise"),
    ],
)
def test_any_payload_is_packed_as_far_as_it_goes_and_comes_back(
    data: bytes, share: float, size: int
) -> None:
    packed = squeezed(data[:size])
    assert whole(packed) == data[:size]
    assert len(packed) <= share * size + 80
