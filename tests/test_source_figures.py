import pytest

from cnncourse.cross_correlation import Conv2D
from cnncourse.figures.source import plain_source, show_source


def test_source_is_shown_without_docstrings():
    source = plain_source(Conv2D)
    assert source.startswith("class Conv2D(nn.Module):\n    def __init__")
    assert '"""' not in source
    assert "return corr2d(x, self.weight) + self.bias" in source


def test_shown_source_is_highlighted_and_readable_without_colours(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: calls.append(data))
    show_source(Conv2D)
    text = plain_source(Conv2D)
    assert calls == [{"text/markdown": f"```python\n{text}\n```", "text/plain": text}]


def test_what_has_no_source_is_named():
    with pytest.raises(TypeError, match="function is 3, a int; expected a function or a class"):
        plain_source(3)
