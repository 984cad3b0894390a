"""What a request may ask for, next to its photo; declared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .declarations import Choice, Number, check_fields, choice, declared, flag, number, read
from .errors import InvalidOption
from .option_values import MOST_CLASSES, ClassName, ClassNames, Click, Clicks, HexColour, Point

DEFAULT_STRENGTH_FRAC = 0.04  # chosen by eye, docs/blur.md
# What counts for an explanation, which shows classes and their maps.
EXPLANATION_OPTIONS = ("mask", "people", "point", "points", "format", "quality", "maxSide")
EXPLAINED_CLASSES = 5
# Methods of an explanation that make the mean of many gradients, where the others take one.
SLOW_METHODS = ("smoothgrad", "integrated_gradients")
# As many noisy copies as in SmoothGrad's paper; that of integrated gradients takes 20 to 300 points.
MOST_SAMPLES = 50
# The decoder's limit on a photo's sides, and the least that still shows anything.
LEAST_SIDE_PX, LONGEST_SIDE_PX = 16, 16_383


@dataclass(frozen=True, kw_only=True)
class Options:
    """A request's options; see each declaration for its unit and range."""

    strength: float = number(
        DEFAULT_STRENGTH_FRAC,
        low=0.0,
        high=0.15,
        unit="fraction of the photo's longer side",
        about="Diameter of the background's circle of confusion: how much it is blurred.",
    )
    bokeh: str = choice(
        "lens", "gaussian", about="lens spreads each point into a disc as a lens does; gaussian is soft."
    )
    mask: str = choice(
        "auto",
        "refined",
        "classic",
        "none",
        about="auto takes a phone's own mask of people, if the photo has one, else refined, which holds the subject; "
        "classic is the published algorithm; none goes by depth alone.",
    )
    people: str = choice(
        "auto", "off", about="auto also looks for people, by two networks trained for it; off goes by saliency alone."
    )
    target: int | str | None = declared(
        None, ClassName("Keep this ImageNet class sharp instead of the most probable one (index or label).")
    )
    point: tuple[float, float] | None = declared(
        None, Point("Keep the subject under this point sharp: [x, y], fractions of the photo's width and height.")
    )
    points: tuple[Click, ...] | None = declared(
        None,
        Clicks(
            "Several points: keep what is under each sharp, and take away what is under those with keep false. "
            "Without one to keep, they are taken away from what stands out."
        ),
    )
    depth: str = choice(
        "auto",
        "flat",
        about="auto blurs by distance, by depthImage, the photo's own depth or its ground; flat blurs all alike.",
    )
    depthNear: str = choice("white", "black", about="What is near in depthImage.")  # noqa: N815 (the name on the wire)
    focus: float | None = declared(
        None,
        Number(
            0.0,
            1.0,
            unit="1 is nearest, 0 farthest",
            about="The disparity that is in focus, instead of the subject's.",
        ),
    )
    grain: bool = flag(
        True, about="Whether what is blurred by its depth gets the photo's own grain back, as a lens leaves it."
    )
    fallback: str = choice(
        "auto",
        "always",
        "never",
        about="When to blur only gently: auto does where the mask is likely wrong or the phone has blurred already, "
        "always and never whatever it is.",
    )
    output: str = choice(
        "blurred",
        "cutout",
        "mask",
        about="The picture to make: the blurred photo, the subject alone on transparency or a background, or the mask.",
    )
    background: tuple[int, int, int] | None = declared(
        None, HexColour("Colour behind a cut-out, in sRGB, such as #ffffff; without it, a cut-out is transparent.")
    )
    format: str = choice("jpeg", "png", "webp", about="Format of the images in the answer; of a transparent one, png.")
    quality: int = number(90, low=1, high=100, unit="JPEG/WebP quality", about="Quality of the images in the answer.")
    metadata: str = choice(
        "none",
        "basic",
        about="What stays of the photo's EXIF: with basic its time, camera, lens, artist, copyright and rating.",
    )

    max_side: int | None = declared(
        None,
        Number(LEAST_SIDE_PX, LONGEST_SIDE_PX, "pixels", "Longest side of the answer's images.", whole=True),
        name="maxSide",
    )

    def __post_init__(self) -> None:
        check_fields(self)
        of_depth = {
            "depthNear": self.depthNear != "white",
            "focus": self.focus is not None,
            "grain": not self.grain,
        }
        points = {"point": self.point is not None, "points": self.points is not None}
        blurring = {
            "grain": not self.grain,
            "strength": self.strength != DEFAULT_STRENGTH_FRAC,
            "bokeh": self.bokeh != "lens",
            "fallback": self.fallback == "always",
        }
        finding = {
            "target": self.target is not None,
            "people": self.people != "auto",
            "points": self.points is not None,
            "depth": self.depth == "flat",
            "point, where focus is sent,": self.point is not None and self.focus is not None,
        }
        if all(points.values()):
            raise ValueError("point is in points already; send one of the two.")
        # The published algorithm has a blur of its own, which is never held back and knows no depth.
        _refuse_both("the classic mask", points | blurring | of_depth if self.mask == "classic" else {})
        _refuse_both("the mask none", finding if self.mask == "none" else {})
        _refuse_both("flat depth", of_depth if self.depth == "flat" else {})
        _refuse_both(f"output={self.output}, which is not blurred", blurring if self.output != "blurred" else {})
        if self.output != "cutout" and self.background is not None:
            raise ValueError("background is for output=cutout alone; add that, or leave it out.")
        if self.output == "mask" and self.metadata != "none":
            raise ValueError("metadata has no effect on output=mask; leave out one of the two.")

    @property
    def classes(self) -> tuple[int | str, ...]:
        """The class that is named, or none, where the most probable one is meant."""
        return () if self.target is None else (self.target,)

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The point or the points, or none."""
        return (Click(*self.point),) if self.point else self.points or ()

    @property
    def is_transparent(self) -> bool:
        """Whether the picture is to be transparent, which a JPEG cannot be."""
        return self.output == "cutout" and self.background is None

    @property
    def image_format(self) -> str:
        """The format of the images: that asked for, or PNG in place of the default where the picture is transparent."""
        return "png" if self.is_transparent and self.format == "jpeg" else self.format


@dataclass(frozen=True, kw_only=True)
class ExplanationOptions:
    """What an explanation is asked for, besides those of Options that count for it (EXPLANATION_OPTIONS)."""

    target: int | str | None = declared(
        None, ClassName("Explain this ImageNet class (index or label) instead of the most probable ones.")
    )
    targets: tuple[int | str, ...] | None = declared(
        None, ClassNames("Explain these ImageNet classes (index or label), in this order.")
    )
    k: int | None = declared(
        None,
        Number(
            1,
            MOST_CLASSES,
            "classes",
            f"How many of the most probable classes are explained. Default: {EXPLAINED_CLASSES}; of "
            f"{' and '.join(SLOW_METHODS)}, 1.",
            whole=True,
        ),
    )
    method: str = choice(
        "guided_backprop",
        "gradient",
        "smoothgrad",
        "layercam",
        "integrated_gradients",
        about="How the maps are made. guided_backprop is what masks are made of; it alone has a maskConfidence.",
    )
    layer: str | None = declared(
        None,
        Choice(
            ("input", "fine", "middle", "coarse"),
            "Whose values the maps are of: the input's, or those of one of the network's three inner layers. "
            "Default: input; of layercam, coarse.",
        ),
    )
    samples: int | None = declared(
        None,
        Number(
            1,
            MOST_SAMPLES,
            "gradients",
            "How many a map is the mean of: of smoothgrad, the noisy copies; of integrated_gradients, the points of "
            f"its quadrature. All classes of a request together may have {MOST_SAMPLES}. Default: an equal part.",
            whole=True,
        ),
    )
    output: str | None = declared(
        None,
        Choice(
            ("png", "npz"),
            "png: the maps are pictures without loss, as by format=png. "
            "npz: the answer is a NumPy archive of the maps' own numbers, float32 with sign.",
        ),
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.target is not None and self.targets is not None:
            raise ValueError("target is in targets already; send one of the two.")
        named = self.target is not None or self.targets is not None
        _refuse_both("classes that are named", {"k": self.k not in (None, self._usual_count)} if named else {})
        if self.method == "layercam" and self.layer == "input":
            raise ValueError("layer must be fine, middle or coarse for layercam, whose maps are of an inner layer.")
        if self.method not in SLOW_METHODS and self.samples is not None:
            raise ValueError(f"samples is for {' and '.join(SLOW_METHODS)} alone; leave it out.")

    @property
    def classes(self) -> tuple[int | str, ...]:
        """The classes that are named; none where the most probable ones are meant."""
        return (self.target,) if self.target is not None else self.targets or ()

    @property
    def count(self) -> int:
        """How many classes are explained."""
        return len(self.classes) or self.k or self._usual_count

    @property
    def _usual_count(self) -> int:
        return 1 if self.method in SLOW_METHODS else EXPLAINED_CLASSES

    @property
    def gradients(self) -> int:
        """How many gradients the map of a class is the mean of."""
        return (self.samples or MOST_SAMPLES) if self.method in SLOW_METHODS else 1

    @property
    def place(self) -> str:
        """Whose values the maps are of: input, fine, middle or coarse."""
        return self.layer or ("coarse" if self.method == "layercam" else "input")


def _refuse_both(what: str, steering: Mapping[str, bool]) -> None:
    """Refuse the first option that has no effect on what is chosen."""
    name = next((name for name, steers in steering.items() if steers), None)
    if name:
        raise ValueError(f"{name} cannot steer {what}; leave out one of the two.")


def read_options(values: Mapping[str, object], *, text: bool = False, others: Sequence[str] = ()) -> Options:
    """The options among a request's fields; with `text`, they came as strings of a form.

    others: names that are known too, and are read elsewhere.
    Raises InvalidOption naming the first one that is unknown, of the wrong type or out of range.
    """
    try:
        options = Options(**read(Options, values, text=text, others=others))
        if options.is_transparent and values.get("format") == "jpeg":
            raise ValueError("format=jpeg cannot be transparent; ask for png or webp, or send a background.")
    except ValueError as error:
        raise InvalidOption(f"Option {error}") from error
    return options


def read_explanation_options(values: Mapping[str, object]) -> ExplanationOptions:
    """What an explanation is asked for, from a request's fields; raises InvalidOption as `read_options` does."""
    try:
        return ExplanationOptions(**read(ExplanationOptions, values))
    except ValueError as error:
        raise InvalidOption(f"Option {error}") from error
