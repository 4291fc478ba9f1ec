"""Colour spaces that a file names by numbers: the curve of its values, and its primaries, as an ICC profile.

The numbers are those of the PNG chunks cICP (ITU-T H.273), gAMA and cHRM.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import exp

from services.shared.pictures.metadata import Metadata

Curve = Callable[[float], float]  # from a stored value to light, both from 0 to 1
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
Primaries = tuple[tuple[float, float], ...]  # x and y of white, red, green and blue

_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
_BT709: Primaries = (_D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_SMPTE_C: Primaries = (_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_PRIMARIES: dict[int, Primaries] = {
    1: _BT709,
    4: ((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),  # NTSC of 1953
    5: (_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),  # PAL
    6: _SMPTE_C,
    7: _SMPTE_C,
    9: (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # P3 of cinemas
    12: (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    22: (_D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
_HDR_PEAK, _WHITE = 10_000.0, 203.0  # in cd/m²: of a PQ signal; of white in HDR, by ITU-R BT.2408
_HLG_PEAK = 1_000.0
_KNEE = 0.8  # the share of white from which brighter light is compressed


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def srgb_value(light: float) -> float:
    """Return the stored value of sRGB for light, from 0 to 1."""
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _bt709(value: float) -> float:
    return value / 4.5 if value < 0.081 else ((value + 0.099) / 1.099) ** (1 / 0.45)


def _tone_mapped(light: float) -> float:
    """Return light with white at 1 as a share of what sRGB can show: unchanged up to the knee, then compressed towards 1."""
    return light if light <= _KNEE else 1 - (1 - _KNEE) * exp((_KNEE - light) / (1 - _KNEE))


def _pq(value: float) -> float:
    power = value ** (32 / 2523)
    light = (max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (16384 / 2610)
    return _tone_mapped(light * _HDR_PEAK / _WHITE)


def _hlg(value: float) -> float:
    """Return the light of a display of 1,000 cd/m², for each channel alone."""
    light = value**2 / 3 if value <= 0.5 else (exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return _tone_mapped(light**1.2 * _HLG_PEAK / _WHITE)


def _power(exponent: float) -> Curve:
    return lambda value: value**exponent


_CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 14, 15), _bt709),
    4: _power(2.2),
    5: _power(2.8),
    8: _power(1),
    13: _srgb,
    16: _pq,
    18: _hlg,
}


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """How stored values become light. curve: of each channel. primaries: of the channels."""

    curve: Curve
    primaries: Primaries

    def icc_profile(self) -> bytes:
        """Return the space as an ICC profile of version 2.

        Raises: ArithmeticError, struct.error (the primaries are not those of any display).
        """
        values = [_fraction(self.curve(step / 255)) for step in range(256)]
        curve = struct.pack(">4s4xI256H", b"curv", 256, *values)
        red, green, blue = (_xyz(column) for column in zip(*_colorants(self.primaries), strict=True))
        bodies = [_xyz(_D50), red, green, blue, curve]
        shared = {b"wtpt": 0, b"rXYZ": 1, b"gXYZ": 2, b"bXYZ": 3, b"rTRC": 4, b"gTRC": 4, b"bTRC": 4}
        first = 128 + 4 + 12 * len(shared)
        starts = [first + sum(map(len, bodies[:index])) for index in range(len(bodies))]
        tags = b"".join(struct.pack(">4sII", tag, starts[index], len(bodies[index])) for tag, index in shared.items())
        content = struct.pack(">I", len(shared)) + tags + b"".join(bodies)
        white = struct.pack(">3i", *map(_fixed, _D50))
        kinds = struct.pack(">I4sI4s4s4s12x4s", 128 + len(content), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
        return kinds + bytes(28) + white + bytes(48) + content


def declared_space(metadata: Metadata) -> ColourSpace | None:
    """Return the colour space that a PNG describes by numbers, or None if it is sRGB or if a profile precedes them.

    The order is cICP, a profile, sRGB, then gAMA and cHRM.
    """
    if space := _space_of_cicp(metadata.cicp):
        return space
    if metadata.profile or metadata.is_srgb or not (metadata.gamma or metadata.chromaticities):
        return None
    primaries, exponent = _primaries(metadata.chromaticities), _exponent(metadata.gamma)
    differences = (a - b for pairs in zip(primaries, _BT709, strict=True) for a, b in zip(*pairs, strict=True))
    has_own_primaries = any(abs(difference) > 0.005 for difference in differences)
    # Encoders write 1 / 2.2 for sRGB. libpng and browsers take what differs by less than 5% for it.
    if exponent is None or (not has_own_primaries and abs(exponent / 2.2 - 1) < 0.05):
        return ColourSpace(_srgb, primaries) if has_own_primaries else None
    return ColourSpace(_power(exponent), primaries)


def _space_of_cicp(chunk: bytes) -> ColourSpace | None:
    """Return the space of a cICP chunk: primaries, curve, matrix (0 in a PNG), and whether values use the full range."""
    if len(chunk) != 4 or chunk[0] not in _PRIMARIES or chunk[1] not in _CURVES or chunk[2] != 0 or chunk[3] > 1:
        return None
    curve = _CURVES[chunk[1]]
    return ColourSpace(curve if chunk[3] else _of_video_range(curve), _PRIMARIES[chunk[0]])


def _of_video_range(curve: Curve) -> Curve:
    """Return the curve for values that have black at 16 and white at 235 of 255."""
    return lambda value: curve(min(max((value * 255 - 16) / 219, 0), 1))


def _exponent(chunk: bytes) -> float | None:
    """Return the exponent that a gAMA chunk gives, or None if it is absent or of no display."""
    gamma = int.from_bytes(chunk[:4]) / 100_000 if len(chunk) >= 4 else 0
    return 1 / gamma if 0.1 <= gamma <= 10 else None


def _primaries(chunk: bytes) -> Primaries:
    """Return the primaries of a cHRM chunk, or those of sRGB if it is absent or describes none."""
    if len(chunk) < 32:
        return _BT709
    numbers = [number / 100_000 for number in struct.unpack(">8I", chunk[:32])]
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return pairs if all(0 <= x <= 1 and 0 < y <= 1 for x, y in pairs) else _BT709


def _colorants(primaries: Primaries) -> Matrix:
    """Return the matrix from the light of the channels to XYZ, adapted to the white D50 of profiles by Bradford's method."""
    white, *channels = ((x / y, 1.0, (1 - x - y) / y) for x, y in primaries)
    unscaled: Matrix = tuple(zip(*channels, strict=True))  # type: ignore[assignment]
    scales = _times(_inverse(unscaled), white)
    scaled: Matrix = tuple(tuple(a * b for a, b in zip(row, scales, strict=True)) for row in unscaled)  # type: ignore[assignment]
    return _product(_adaptation(white), scaled)


_BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def _adaptation(white: Vector) -> Matrix:
    ratios = [there / here for there, here in zip(_times(_BRADFORD, _D50), _times(_BRADFORD, white), strict=True)]
    scaled: Matrix = tuple(tuple(ratio * a for a in row) for ratio, row in zip(ratios, _BRADFORD, strict=True))  # type: ignore[assignment]
    return _product(_inverse(_BRADFORD), scaled)


def _times(matrix: Matrix, vector: Vector) -> Vector:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def _product(first: Matrix, second: Matrix) -> Matrix:
    columns = [_times(first, (a, b, c)) for a, b, c in zip(*second, strict=True)]
    x, y, z = zip(*columns, strict=True)
    return x, y, z


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = ((e * i - f * h, c * h - b * i, b * f - c * e), (f * g - d * i, a * i - c * g, c * d - a * f))
    last = (d * h - e * g, b * g - a * h, a * e - b * d)
    x, y, z = (tuple(part / determinant for part in row) for row in (*rows, last))
    return x, y, z  # type: ignore[return-value]


def _fraction(light: float) -> int:
    return round(min(max(light, 0), 1) * 65535)


def _fixed(number: float) -> int:
    return round(number * 65536)


def _xyz(values: Vector) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *map(_fixed, values))
