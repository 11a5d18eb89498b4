"""Which topics the night's report has, in the order they are read."""

from typing import Final

from outputs.sections import Maker

SECTIONS: Final[tuple[Maker, ...]] = ()
