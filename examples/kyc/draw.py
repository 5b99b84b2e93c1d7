#!/usr/bin/env python3
"""Draws passport.jpg and portrait.png: the specimen documents of this example.

    python3 draw.py [OUTPUT_FOLDER]        (default: the folder of this script)

Needs Pillow, and looks better with the DejaVu fonts. Names, number and dates come from subject.json beside this
script, so that the document and the subject agree. The person doesn't exist, and neither does the country: UTO,
"Utopia", is what ICAO Doc 9303 calls the issuer of its specimens. Nothing is traced or photographed; every line
below is a formula or a handful of points.

Deterministic: the same Pillow, the same fonts and the same SEED give the same bytes.
"""

import json
import math
import random
import sys
from datetime import date
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SEED = 9303
HERE = Path(__file__).resolve().parent
SMOOTH = 3  # everything is drawn this many times larger, then reduced: that is the antialiasing

INK = (28, 36, 54)
LABEL = (74, 92, 122)
NAVY = (33, 58, 105)
TEAL = (38, 126, 128)
PLUM = (142, 84, 132)
RED = (176, 38, 58)

# What a passport says beyond the subject of the credential.
SEX = "F"
BIRTHPLACE = "ZENITH"
AUTHORITY = "PASSPORT OFFICE ZENITH"
ISSUED = date(2024, 3, 12)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


# --- the machine-readable zone (ICAO Doc 9303, part 4, TD3) ---------------------------------------------------


def check_digit(text):
    """Weights 7, 3, 1 repeating; digits count as themselves, A to Z as 10 to 35, the filler as 0 (part 3, 4.9)."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def with_check(text):
    return text + check_digit(text)


def mrz(subject):
    """The two lines of 44 characters."""
    surname = subject["familyName"].upper().replace(" ", "<")
    given = subject["givenName"].upper().replace(" ", "<")
    first = f"P<{subject['documentIssuer']}{surname}<<{given}".ljust(44, "<")[:44]
    number = with_check(subject["documentNumber"].ljust(9, "<"))
    born = with_check(subject["birthDate"].replace("-", "")[2:])
    expires = with_check(subject["documentExpiry"].replace("-", "")[2:])
    personal = with_check("<" * 14)
    second = number + subject["nationality"] + born + SEX + expires + personal
    second += check_digit(number + born + expires + personal)
    assert len(first) == len(second) == 44
    return first, second


# --- fonts ------------------------------------------------------------------------------------------------------

FONT_FOLDERS = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
]


def font(name, size):
    """A DejaVu font by file name, from the usual folders; Pillow's own font where there is none."""
    for folder in FONT_FOLDERS:
        for path in sorted(Path(folder).expanduser().glob(f"**/{name}.ttf")):
            return ImageFont.truetype(str(path), size)
    try:
        return ImageFont.truetype(f"{name}.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


# --- curves -----------------------------------------------------------------------------------------------------


def spline(points, closed=True, steps=16):
    """A Catmull-Rom curve through the points."""
    if closed:
        knots = [points[-1], *points, points[0], points[1]]
    else:
        knots = [points[0], *points, points[-1]]
    curve = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:]):
        for i in range(steps):
            t = i / steps
            curve.append(tuple(
                0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)
                for p, q, r, s in zip(a, b, c, d)
            ))
    return curve if closed else [*curve, points[-1]]


def rosette(centre, radius, petals, strands, depth, inner=0.0, twist=0.0):
    """Closed curves that weave around a centre, between `inner` and 1 of the radius."""
    steps = max(720, petals * 90)
    for strand in range(strands):
        phase = 2 * math.pi * strand / strands
        curve = []
        for i in range(steps + 1):
            angle = 2 * math.pi * i / steps
            wave = math.sin(petals * angle + phase)
            swell = 1 - depth + depth * math.cos(petals / 2 * angle + twist) ** 2
            share = inner + (1 - inner) * (0.5 + 0.5 * wave) * swell
            curve.append((centre[0] + radius * share * math.cos(angle), centre[1] + radius * share * math.sin(angle)))
        yield curve


def ribbon(left, right, middle, height, waves, strands, beat=2.0, phase=0.0):
    """Curves that weave along a line from left to right; the envelope swells `beat` times."""
    steps = int((right - left) / 3)
    for strand in range(strands):
        shift = 2 * math.pi * strand / strands
        curve = []
        for i in range(steps + 1):
            t = i / steps
            envelope = height * (0.35 + 0.65 * math.sin(math.pi * beat * t + phase) ** 2)
            y = middle + envelope * math.sin(2 * math.pi * waves * t + shift)
            y += 0.3 * height * math.sin(2 * math.pi * t + phase)
            curve.append((left + (right - left) * t, y))
        yield curve


# --- canvas -----------------------------------------------------------------------------------------------------


def gradient(size, stops, horizontal=False):
    """A gradient through colours at equal distances."""
    length = 256
    strip = Image.new("RGB", (length, 1) if horizontal else (1, length))
    for i in range(length):
        place = i / (length - 1) * (len(stops) - 1)
        index = min(int(place), len(stops) - 2)
        t = place - index
        colour = tuple(round(a + (b - a) * t) for a, b in zip(stops[index], stops[index + 1]))
        strip.putpixel((i, 0) if horizontal else (0, i), colour)
    return strip.resize(size, Image.Resampling.BICUBIC)


def grain(size, seed, strength):
    """Seeded paper grain around middle grey, slightly soft."""
    width, height = size
    noise = Image.frombytes("L", size, random.Random(seed).randbytes(width * height))
    noise = noise.filter(ImageFilter.GaussianBlur(0.6))
    return noise.point(lambda value: round(128 + (value - 128) * strength))


def with_grain(image, seed, strength):
    noise = grain(image.size, seed, strength)
    return ImageChops.add(image, Image.merge("RGB", [noise] * 3), offset=-128)


class Canvas:
    """An image in units of the finished picture, drawn SMOOTH times larger."""

    def __init__(self, width, height, background):
        self.width, self.height = width, height
        self.image = background.resize((width * SMOOTH, height * SMOOTH), Image.Resampling.BICUBIC)

    def scaled(self, points):
        return [(x * SMOOTH, y * SMOOTH) for x, y in points]

    def print(self, paint, ink, opacity=1.0, blur=0.0, within=None):
        """Prints what `paint(draw)` leaves in a mask, in one colour or with an image as ink."""
        mask = Image.new("L", self.image.size)
        paint(ImageDraw.Draw(mask))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SMOOTH))
        if within:
            limit = Image.new("L", self.image.size)
            ImageDraw.Draw(limit).polygon(self.scaled(within), fill=255)
            mask = ImageChops.darker(mask, limit)
        if opacity < 1:
            mask = mask.point(lambda value: round(value * opacity))
        if isinstance(ink, Image.Image):
            ink = ink.resize(self.image.size, Image.Resampling.BICUBIC)
            self.image.paste(ink, (0, 0), mask)
        else:
            self.image.paste(ink, (0, 0, *self.image.size), mask)

    def curves(self, curves, ink, opacity=1.0, width=0.7):
        stroke = max(1, round(width * SMOOTH))

        def paint(draw):
            for curve in curves:
                draw.line(self.scaled(curve), fill=255, width=stroke, joint="curve")

        self.print(paint, ink, opacity)

    def shape(self, points, ink, opacity=1.0, blur=0.0, within=None):
        """A filled polygon; what its blur spills is kept `within` another one."""
        self.print(lambda draw: draw.polygon(self.scaled(points), fill=255), ink, opacity, blur, within)

    def disc(self, x, y, rx, ry, ink, opacity=1.0, blur=0.0):
        box = [(x - rx) * SMOOTH, (y - ry) * SMOOTH, (x + rx) * SMOOTH, (y + ry) * SMOOTH]
        self.print(lambda draw: draw.ellipse(box, fill=255), ink, opacity, blur)

    def text(self, x, y, text, name, size, ink, opacity=1.0, spacing=None, tracking=0):
        """Text from its left baseline; `spacing` fixes the pitch of the characters, `tracking` widens their own."""
        face = font(name, round(size * SMOOTH))

        def paint(draw):
            if not spacing and not tracking:
                draw.text((x * SMOOTH, y * SMOOTH), text, font=face, fill=255, anchor="ls")
                return
            left = x * SMOOTH
            for character in text:
                advance = spacing * SMOOTH if spacing else face.getlength(character) + tracking * SMOOTH
                draw.text((left + advance / 2, y * SMOOTH), character, font=face, fill=255, anchor="ms")
                left += advance

        self.print(paint, ink, opacity)

    def finished(self):
        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)


# --- the portrait -----------------------------------------------------------------------------------------------

SKIN = (232, 190, 160)
SHADE = (196, 140, 112)
HAIR = (70, 48, 46)
JACKET = (45, 66, 104)


def mirrored(points):
    return [(600 - x, y) for x, y in points]


def both_sides(points):
    """A symmetrical outline from its right half, top to bottom."""
    return spline([*points, *reversed([p for p in mirrored(points) if p[0] != 300])])


def figure(canvas):
    """A head and shoulders in flat colours, made of a few splines in a field of 600 by 800."""
    hair_back = [(300, 128), (386, 146), (440, 222), (452, 330), (450, 430), (424, 512), (372, 520), (330, 470)]
    face = [(300, 176), (368, 202), (396, 282), (392, 362), (366, 426), (332, 464), (300, 474)]
    shoulders = [(300, 566), (366, 578), (456, 616), (520, 676), (548, 760), (556, 850)]

    canvas.shape(both_sides(hair_back), HAIR)
    neck = spline([(258, 420), (342, 420), (344, 500), (356, 560), (330, 640), (270, 640), (244, 560), (256, 500)])
    canvas.shape(neck, SKIN)
    canvas.shape(spline([(254, 432), (346, 432), (346, 486), (300, 516), (254, 486)]), SHADE, 0.75, blur=4, within=neck)

    # Clothes: the jacket, a shirt in its opening, lapels.
    jacket = both_sides(shoulders)
    canvas.shape(jacket, JACKET)
    canvas.shape([(244, 560), (356, 560), (300, 730)], (240, 240, 236))
    canvas.shape([(254, 540), (346, 540), (341, 580), (300, 640), (259, 580)], SKIN)
    canvas.shape([(257, 552), (343, 552), (300, 600)], SHADE, 0.45, blur=4)
    lapel = [(246, 552), (216, 580), (196, 664), (232, 668), (222, 692), (300, 800), (300, 730), (258, 600)]
    for points in (lapel, mirrored(lapel)):
        canvas.shape(points, (58, 82, 124))
        canvas.curves([[*points, points[0]]], (28, 44, 76), 0.9, 2)
    canvas.curves([[(300, 730), (300, 800)]], (28, 44, 76), 0.9, 2)

    # The face, lit from the left.
    face = both_sides(face)
    canvas.shape(face, SKIN)
    canvas.shape(spline([(352, 210), (394, 284), (390, 362), (364, 426), (326, 466), (352, 410), (364, 330)]),
                 SHADE, 0.55, blur=5, within=face)
    for x in (244, 356):
        canvas.disc(x, 388, 24, 18, (224, 142, 122), 0.4, blur=7)

    # Eyes, brows, nose, mouth.
    for side in (lambda points: points, mirrored):
        eye = spline([(226, 330), (240, 320), (256, 317), (270, 322), (278, 332), (262, 337), (242, 337)])
        canvas.shape(side(eye), (248, 246, 240))
        (x, y), = side([(253, 327)])
        canvas.disc(x, y, 10.5, 10, (66, 104, 112))
        canvas.disc(x, y, 5, 5, (24, 28, 34))
        canvas.disc(x - 3.5, y - 3.5, 2.4, 2.4, (255, 255, 255))
        lid = spline([(221, 330), (238, 319), (256, 315), (271, 320), (280, 332)], closed=False)
        canvas.curves([side(lid)], (56, 36, 36), 1, 4)
        crease = spline([(228, 316), (242, 307), (258, 304), (272, 309)], closed=False)
        canvas.curves([side(crease)], SHADE, 0.9, 2)
        brow = [(216, 296), (238, 280), (262, 279), (282, 287), (281, 293), (260, 287), (238, 288)]
        canvas.shape(side(spline(brow)), HAIR)
    canvas.curves([spline([(310, 322), (313, 352), (321, 382), (313, 394), (301, 397), (289, 393)], closed=False)],
                  SHADE, 1, 3)
    canvas.shape(spline([(266, 428), (286, 420), (300, 424), (314, 420), (334, 428), (300, 433)]), (178, 88, 88))
    canvas.shape(spline([(268, 429), (300, 433), (332, 429), (318, 443), (300, 447), (282, 443)]), (202, 112, 108))
    canvas.curves([spline([(262, 428), (285, 430), (300, 432), (315, 430), (338, 428)], closed=False)],
                  (122, 54, 58), 1, 2)

    # Hair in front: a parting on the right, a long sweep to the left, strands of light.
    sweep = [(338, 150), (332, 196), (296, 236), (248, 262), (218, 300), (206, 372), (212, 450), (190, 470),
             (162, 420), (156, 320), (176, 210), (236, 146)]
    fall = [(334, 148), (342, 196), (370, 232), (388, 290), (394, 372), (386, 450), (412, 474),
            (440, 420), (444, 320), (426, 210), (380, 152)]
    for points in (sweep, fall):
        canvas.shape(spline(points), HAIR)
    strands = [spline([(330 - 4 * i, 152 + i), (270 - 8 * i, 196 + 2 * i), (214 - 4 * i, 262), (190 - 3 * i, 340),
                       (194 - 3 * i, 398 + 47 * i % 66)], closed=False) for i in range(7)]
    strands += [spline([(342 + 4 * i, 152 + i), (382 + 5 * i, 214), (404 + 4 * i, 300), (406 + 4 * i, 372),
                        (406 + 3 * i, 400 + 41 * i % 58)], closed=False) for i in range(6)]
    canvas.curves(strands, (132, 98, 84), 0.7, 1.6)
    for x in (203, 397):
        canvas.disc(x, 462, 6, 6, (222, 190, 96))


def engraving(canvas):
    """Fine lines over the whole picture that swell where it is dark, as on a banknote."""
    pitch, step = 5.0, 3
    tone = canvas.image.convert("L").resize((600, 800), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.5))
    pixels = tone.load()

    def paint(draw):
        for row in range(-8, int(800 / pitch) + 8):
            upper, lower = [], []
            for x in range(0, 601, step):
                y = row * pitch + 7 * math.sin(x / 95 + row / 26) + 3 * math.sin(x / 37)
                dark = 1 - pixels[min(x, 599), max(0, min(799, int(y)))] / 255
                half = 0.22 + 1.15 * dark
                upper.append((x, y - half))
                lower.append((x, y + half))
            draw.polygon(canvas.scaled(upper + lower[::-1]), fill=255)

    canvas.print(paint, INK, 0.34)


def portrait():
    """The figure before a guilloche, 600 by 800."""
    canvas = Canvas(600, 800, gradient((600, 800), [(236, 240, 244), (206, 219, 230), (188, 204, 222)]))
    canvas.disc(300, 320, 250, 290, (250, 250, 250), 0.75, blur=50)
    ink = gradient((600, 800), [TEAL, NAVY, PLUM])
    canvas.curves(rosette((300, 320), 430, 24, 16, 0.35, inner=0.5), ink, 0.30)
    canvas.curves(rosette((300, 320), 255, 18, 10, 0.5, inner=0.62, twist=0.8), ink, 0.34)
    for y in (60, 740):
        canvas.curves(ribbon(-20, 620, y, 46, 5, 10, beat=3), ink, 0.30)
    figure(canvas)
    engraving(canvas)
    return with_grain(canvas.finished(), SEED + 1, 0.05)


# --- the passport's data page -----------------------------------------------------------------------------------

PAGE = (1420, 1000)  # 125 by 88 mm, TD3
PHOTO = (74, 214, 398, 512)  # 35 by 45 mm
MRZ_TOP = 790
MRZ_PITCH = 1420 * 2.54 / 125  # ten characters an inch


def printed(day):
    return f"{day.day:02} {MONTHS[day.month - 1]} {day.year}"


def background(canvas):
    """Rainbow print: ribbons across the page, one large and some small rosettes, lines of microprint."""
    ink = gradient(PAGE, [PLUM, TEAL, (70, 110, 170), PLUM], horizontal=True)
    for i in range(9):
        curves = ribbon(-30, 1450, 40 + 100 * i, 64, 7 + i % 3, 12, beat=3 + i % 2, phase=0.7 * i)
        canvas.curves(curves, ink, 0.26)
    centre = (985, 470)
    canvas.curves(rosette(centre, 345, 36, 18, 0.45, inner=0.42), PLUM, 0.27)
    canvas.curves(rosette(centre, 205, 24, 14, 0.5, inner=0.35, twist=0.6), TEAL, 0.30)
    canvas.curves(rosette(centre, 86, 12, 10, 0.4, inner=0.2), NAVY, 0.30)
    for x in (0, 1420):
        for y in (0, MRZ_TOP):
            canvas.curves(rosette((x, y), 150, 20, 12, 0.5, inner=0.3), NAVY, 0.28)
    for y in (180, 782):
        canvas.text(18, y, "UTOPIA SPECIMEN NOT A DOCUMENT " * 9, "DejaVuSans", 8, NAVY, 0.65)


def crest(canvas, x, y, size):
    """Utopia's emblem: an island, a tower and a rising sun in a ring."""
    canvas.curves(rosette((x, y), size, 24, 6, 0.0, inner=0.86), NAVY, 0.95)
    canvas.disc(x, y, 0.80 * size, 0.80 * size, NAVY, 0.92)
    gold = (236, 206, 128)
    for ray in range(13):
        angle = math.pi * ray / 12
        near, far = 0.40 * size, (0.68 if ray % 2 else 0.58) * size
        start = (x - near * math.cos(angle), y + 0.12 * size - near * math.sin(angle))
        end = (x - far * math.cos(angle), y + 0.12 * size - far * math.sin(angle))
        canvas.curves([[start, end]], gold, 1, 2)
    sun = [(x + 0.32 * size * math.cos(a / 30 * math.pi), y + 0.12 * size - 0.32 * size * math.sin(a / 30 * math.pi))
           for a in range(31)]
    canvas.shape(sun, gold)
    for i in range(3):
        wave = [(x - 0.56 * size + 1.12 * size * t / 40,
                 y + (0.24 + 0.14 * i) * size + 0.035 * size * math.sin(t / 40 * 6 * math.pi)) for t in range(41)]
        canvas.curves([wave], gold, 1, 2)


def field(canvas, x, y, label, value, size=27):
    canvas.text(x, y, label, "DejaVuSans", 13.5, LABEL)
    canvas.text(x, y + 6 + size, value, "DejaVuSans-Bold", size, INK)


def fields(canvas, subject):
    left, middle, right = 510, 790, 1090
    field(canvas, left, 226, "Type / Type", "P")
    field(canvas, left + 140, 226, "Code / Code", subject["documentIssuer"])
    field(canvas, right, 226, "Passport No. / N° de passeport", subject["documentNumber"])
    field(canvas, left, 304, "Surname / Nom", subject["familyName"].upper(), 31)
    field(canvas, left, 382, "Given names / Prénoms", subject["givenName"].upper(), 31)
    field(canvas, left, 460, "Nationality / Nationalité", "UTOPIAN")
    field(canvas, left, 538, "Date of birth / Date de naissance", printed(date.fromisoformat(subject["birthDate"])))
    field(canvas, middle + 30, 538, "Sex / Sexe", SEX)
    field(canvas, middle + 150, 538, "Place of birth / Lieu de naissance", BIRTHPLACE)
    field(canvas, left, 616, "Date of issue / Date de délivrance", printed(ISSUED))
    field(canvas, middle + 30, 616, "Authority / Autorité", AUTHORITY, 24)
    field(canvas, left, 694, "Date of expiry / Date d'expiration",
          printed(date.fromisoformat(subject["documentExpiry"])))
    canvas.text(middle + 30, 694, "Holder's signature / Signature du titulaire", "DejaVuSans", 13.5, LABEL)
    signature(canvas, middle + 40, 738)


def signature(canvas, x, y):
    """A scrawl: loops of changing height along a line, which spell nothing."""
    rng = random.Random(SEED + 2)
    points = [(0, 6), (22, -32), (30, 14), (4, -22), (58, -26)]
    place = 40
    for _ in range(9):
        height = rng.choice([10, 13, 16, 34])
        points += [(place, 8), (place + 14, -height), (place + 6, -height + 3)]
        place += rng.randint(20, 28)
    points += [(place + 6, 9), (place + 70, -12), (place - 60, 20), (place - 190, 24)]
    canvas.curves([spline([(x + dx, y + dy) for dx, dy in points], closed=False)], (24, 34, 88), 0.92, 2.2)


def photo(canvas, face):
    x, y, width, height = PHOTO
    crop = face.crop((12, 50, 588, 50 + round(576 * height / width)))
    large = crop.resize((width * SMOOTH, height * SMOOTH), Image.Resampling.LANCZOS)
    canvas.image.paste(large, (x * SMOOTH, y * SMOOTH))
    frame = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    canvas.curves([frame], NAVY, 0.8, 1.5)
    # A rosette that runs from the page over the photograph's corner.
    canvas.curves(rosette((x + width - 8, y + height - 30), 104, 20, 12, 0.45, inner=0.35), TEAL, 0.5)
    # The second, faint image.
    edge = 14 * SMOOTH
    ghost = crop.convert("L").resize((150 * SMOOTH, 193 * SMOOTH), Image.Resampling.LANCZOS)
    fade = Image.new("L", ghost.size)
    ImageDraw.Draw(fade).ellipse([edge, edge, ghost.width - edge, ghost.height - edge], fill=255)
    fade = fade.filter(ImageFilter.GaussianBlur(7 * SMOOTH))
    dark = ImageChops.multiply(ImageChops.invert(ghost), fade).point(lambda value: round(value * 0.5))
    canvas.image.paste(NAVY, (1190 * SMOOTH, 290 * SMOOTH), dark)


def specimen(canvas):
    """SPECIMEN from corner to corner, in outline and a light tint."""
    size = 215 * SMOOTH
    face = font("DejaVuSans-Bold", size)
    layers = []
    for width, fill in ((0, 255), (3 * SMOOTH, 0)):
        mask = Image.new("L", canvas.image.size)
        middle = (canvas.image.width // 2, 480 * SMOOTH)
        ImageDraw.Draw(mask).text(middle, "SPECIMEN", font=face, fill=fill, anchor="mm",
                                  stroke_width=width, stroke_fill=255)
        layers.append(mask.rotate(22, Image.Resampling.BICUBIC, center=middle))
    tint, outline = layers
    for mask, opacity in ((tint, 0.13), (outline, 0.5)):
        canvas.image.paste(RED, (0, 0, *canvas.image.size), mask.point(lambda value: round(value * opacity)))


def passport(subject, face):
    """The data page, 1420 by 1000."""
    paper = gradient(PAGE, [(246, 238, 240), (236, 243, 240), (236, 240, 247)])
    canvas = Canvas(*PAGE, paper)
    background(canvas)

    crest(canvas, 118, 96, 66)
    canvas.text(206, 92, "UTOPIA", "DejaVuSerif-Bold", 58, NAVY, tracking=12)
    canvas.text(212, 138, "PASSPORT · PASSEPORT", "DejaVuSerif", 25, NAVY, tracking=4)
    canvas.text(1084, 88, "SPECIMEN", "DejaVuSans-Bold", 32, RED, tracking=11)
    canvas.text(1090, 116, "A drawing, not a travel document", "DejaVuSans", 15, RED)

    photo(canvas, face)
    fields(canvas, subject)
    specimen(canvas)

    zone = [(0, MRZ_TOP), (1420, MRZ_TOP), (1420, 1000), (0, 1000)]
    canvas.shape(zone, (250, 250, 248), 0.86)
    left = (1420 - 44 * MRZ_PITCH) / 2
    for y, line in zip((876, 950), mrz(subject)):
        canvas.text(left, y, line, "DejaVuSansMono", 46, (16, 18, 24), spacing=MRZ_PITCH)
    return with_grain(canvas.finished(), SEED, 0.045)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    folder.mkdir(parents=True, exist_ok=True)
    subject = json.loads((HERE / "subject.json").read_text(encoding="utf-8"))
    face = portrait()
    # A small picture with a palette keeps the file small.
    palette = face.resize((300, 400), Image.Resampling.LANCZOS).quantize(24, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    palette.save(folder / "portrait.png", optimize=True)
    page = passport(subject, face).resize((1136, 800), Image.Resampling.LANCZOS)
    page.save(folder / "passport.jpg", quality=45, optimize=True, progressive=True, dpi=(230, 230),
              comment="Specimen of an invented person, drawn by draw.py")
    print("\n".join(mrz(subject)))


if __name__ == "__main__":
    main()
