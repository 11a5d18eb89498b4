"""The form of the list to compare by hand: columns, conclusions and guidance, as declared in `review_columns.yaml`."""

from catalogue import Part, load_yaml
from outputs.layout import HERE, Column, Layout


class Conclusion(Part):
    """What a person who compared may conclude."""

    code: str
    title: str
    means: str


class ReviewForm(Part):
    """Everything that is printed on a list to compare and does not change from night to night."""

    columns: tuple[Column, ...]
    conclusions: tuple[Conclusion, ...]
    guidance: tuple[str, ...]

    def layout(self, *, with_weights: bool) -> Layout:
        """The columns an office wants to see."""
        return Layout(columns=tuple(column for column in self.columns if with_weights or column.only_with != "weights"))


def review_form() -> ReviewForm:
    """The form."""
    return load_yaml(HERE / "review_columns.yaml", ReviewForm)
