"""Data that can be trusted: every fault that a file, a disk or a network has is met, and answered with the remedy."""

import functools
import gzip
import hashlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pooch
import pytest
import requests
import torch
from sklearn.datasets import load_digits

from cnncourse import data
from cnncourse.data import DataError, Source, digits, find_files, load

IMAGES, LABELS = data.FILES[0], data.FILES[1]
NOWHERE = "http://127.0.0.1:9/"  # the port named "discard": nobody listens


def idx(sizes, values):
    return b"\x00\x00\x08" + bytes([len(sizes)]) + b"".join(n.to_bytes(4, "big") for n in sizes) + bytes(values)


CONTENTS = (
    idx((3, 28, 28), [0, 255, 51] + [7] * (3 * 784 - 3)),
    idx((3,), [5, 0, 9]),
    idx((2, 28, 28), [1] * (2 * 784)),
    idx((2,), [7, 2]),
)


def pack(content):
    return gzip.compress(content, mtime=0)  # the same bytes whenever the tests are collected


def md5s(contents):
    return tuple(hashlib.md5(content).hexdigest() for content in contents)


@pytest.fixture
def published(tmp_path):
    """Three images to train on and two to test, in a folder that a mirror serves."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name, content in zip(data.FILES, CONTENTS, strict=True):
        (folder / name).write_bytes(pack(content))
    return folder


@pytest.fixture
def mirror(published):
    """Serve the published files on this machine; every request is noted."""

    class Handler(SimpleHTTPRequestHandler):
        asked: ClassVar[list[str]] = []  # this class is made anew for every test

        def log_message(self, *parts):
            self.asked.append(self.path.lstrip("/"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=published))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.asked = Handler.asked
    server.url = f"http://127.0.0.1:{server.server_port}/"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no data folder, and no proxy between this machine and itself."""
    monkeypatch.delenv("CNNCOURSE_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "cnncourse" / "tiny"


@pytest.fixture
def source(mirror, cache):
    return Source("tiny", (mirror.url,), md5s(CONTENTS), decompressed=True)


def left_over(folder):
    return sorted(path.name for path in folder.iterdir() if path.name not in data.FILES)


def assert_tiny(dataset):
    assert dataset.train_images.shape == (3, 28, 28)
    assert dataset.train_images.dtype == torch.float32
    assert [round(value, 6) for value in dataset.train_images[0, 0, :3].tolist()] == [0, 1, 0.2]
    assert dataset.train_labels.tolist() == [5, 0, 9]
    assert dataset.train_labels.dtype == torch.int64
    assert dataset.test_images.shape == (2, 28, 28)
    assert dataset.test_labels.tolist() == [7, 2]


def test_a_download_fills_the_cache_and_happens_once(source, cache, mirror):
    assert_tiny(load(source))
    assert sorted(path.name for path in cache.iterdir()) == sorted(data.FILES)
    assert_tiny(load(source))
    assert sorted(mirror.asked) == sorted(data.FILES)


def test_a_filled_cache_is_read_without_a_network_and_without_writing(source, cache, monkeypatch):
    load(source)
    monkeypatch.setattr(data.tempfile, "mkstemp", lambda **kwargs: pytest.fail("wrote to a cache that was complete"))
    assert_tiny(load(replace(source, mirrors=(NOWHERE,))))


def test_the_next_mirror_is_tried_when_one_fails(source, mirror):
    broken = (NOWHERE, mirror.url + "missing/")
    assert_tiny(load(replace(source, mirrors=(*broken, mirror.url))))


def test_a_mirror_that_serves_something_else_is_passed_over(source, published, mirror):
    (published / "other").mkdir()
    for name in data.FILES:
        (published / "other" / name).write_bytes(b"<html>Please log in</html>")
    assert_tiny(load(replace(source, mirrors=(mirror.url + "other/", mirror.url))))


def test_without_a_network_the_message_names_every_mirror_and_the_remedy(source, cache):
    with pytest.raises(DataError) as caught:
        load(replace(source, mirrors=(NOWHERE, NOWHERE + "again/")))
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{IMAGES} could not be downloaded:"
    assert lines[1].startswith(f"  {NOWHERE}: ConnectionError")
    assert lines[2].startswith(f"  {NOWHERE}again/: ConnectionError")
    assert lines[3] == f"Is there a network? Without one, set CNNCOURSE_DATA to a folder that holds tiny/{IMAGES}"
    assert list(cache.iterdir()) == []


def test_a_file_that_changed_on_every_mirror_is_not_accepted(source, published, cache):
    (published / LABELS).write_bytes(pack(idx((3,), [1, 1, 1])))
    with pytest.raises(DataError, match=r"(?s)the answer is not the published file: the MD5 .* expected .*network"):
        load(source)
    assert [path.name for path in cache.iterdir()] == [IMAGES]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_download_stays_an_interruption_and_leaves_nothing(source, cache, mirror, monkeypatch, stop):
    def half(self, url, output_file, pooch):
        with open(output_file, "wb") as file:
            file.write(pack(CONTENTS[0])[:20])
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", half)
        with pytest.raises(stop):
            load(source)
    assert list(cache.iterdir()) == []
    assert_tiny(load(source))


def test_what_a_killed_process_left_is_not_trusted(source, cache):
    cache.mkdir(parents=True)
    (cache / f".{IMAGES}.x.part").write_bytes(b"half")
    (cache / IMAGES).write_bytes(pack(CONTENTS[0])[:20])
    assert_tiny(load(source))


def test_a_transfer_that_breaks_off_is_noticed(source, cache, monkeypatch):
    def cut(self, chunk_size=1):
        yield pack(CONTENTS[0])[:20]

    monkeypatch.setattr(requests.Response, "iter_content", cut)
    with pytest.raises(DataError, match="the answer is truncated: 20 bytes"):
        load(source)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"no gzip", pack(CONTENTS[1])[:-9], pack(b"other")],
    ids=["empty", "no gzip", "truncated", "other"],
)
def test_a_damaged_cached_file_is_fetched_again(source, cache, mirror, damage):
    load(source)
    (cache / LABELS).write_bytes(damage)
    assert_tiny(load(source))
    assert mirror.asked.count(LABELS) == 2
    assert mirror.asked.count(IMAGES) == 1
    assert left_over(cache) == []


def test_a_damaged_cached_file_without_a_network_is_named_and_kept(source, cache):
    load(source)
    (cache / LABELS).write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"(?s)labels-idx1-ubyte.gz is no gzip file.*could not be downloaded"):
        load(replace(source, mirrors=(NOWHERE,)))
    assert (cache / LABELS).read_bytes() == b"no gzip"
    assert left_over(cache) == []


def test_a_folder_in_a_file_s_place_is_named(source, cache):
    (cache / IMAGES).mkdir(parents=True)
    with pytest.raises(DataError, match=rf"{IMAGES} cannot be replaced \(Is a directory\); remove it by hand"):
        load(source)
    assert left_over(cache) == []


def test_a_cache_that_cannot_be_written_is_named(source, cache, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder is needed")
    with pytest.raises(DataError, match=r"cache .*tiny cannot be written \(Not a directory\); make it"):
        load(source)


def test_two_at_once_fill_one_cache(source, cache):
    with ThreadPoolExecutor(8) as pool:
        for dataset in pool.map(lambda _: load(source), range(16)):
            assert_tiny(dataset)
    assert left_over(cache) == []


def test_a_folder_of_one_s_own_is_read_and_never_written(source, published, tmp_path, mirror, monkeypatch):
    before = {path.name: path.stat().st_mtime_ns for path in published.iterdir()}
    assert_tiny(load(source, published))
    monkeypatch.setenv("CNNCOURSE_DATA", str(published))
    assert_tiny(load(source))
    parent = tmp_path / "parent"
    parent.mkdir()
    published.rename(parent / "tiny")
    assert_tiny(load(source, parent))
    assert {path.name: path.stat().st_mtime_ns for path in (parent / "tiny").iterdir()} == before
    assert mirror.asked == []


def test_root_goes_before_the_environment_and_a_tilde_is_home(source, published, monkeypatch, tmp_path):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path / "nowhere"))
    assert_tiny(load(source, published))
    monkeypatch.setenv("HOME", str(published.parent))
    monkeypatch.setenv("CNNCOURSE_DATA", "~/published")
    assert_tiny(load(source))


def test_a_file_missing_from_one_s_own_folder_is_named(source, published, mirror):
    (published / LABELS).unlink()
    with pytest.raises(DataError) as caught:
        load(source, published)
    assert str(caught.value) == (
        f"{published}/tiny/{LABELS} does not exist, nor does {published}/{LABELS}; put the file there, or unset "
        "CNNCOURSE_DATA and pass no root to have it downloaded"
    )
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"", r"the MD5 of its decompressed bytes is d41d8c.*; expected .*; delete it and fetch it again"),
        (b"no gzip", "is no gzip file, or is corrupt .*; delete it and fetch it again"),
        (pack(CONTENTS[0])[:-9], "is truncated: [0-9,]+ bytes; delete it and fetch it again"),
        (pack(CONTENTS[0])[:5], "is truncated: 5 bytes"),
        (pack(CONTENTS[0])[:10] + b"\x07" * 40, "is no gzip file, or is corrupt"),
        (pack(CONTENTS[0])[:-8] + bytes(8), r"is corrupt \(CRC check failed"),
        (pack(CONTENTS[1]), "is not the published file: the MD5"),
    ],
    ids=["empty", "no gzip", "truncated", "header only", "corrupt", "wrong checksum", "another file"],
)
def test_a_damaged_file_of_one_s_own_is_named_and_kept(source, published, damage, message):
    path = published / IMAGES
    path.write_bytes(damage)
    with pytest.raises(DataError, match=f"(?s){IMAGES}.*{message}"):
        load(source, published)
    assert path.read_bytes() == damage


def test_a_file_that_cannot_be_read_is_named(source, published, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(data.Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=rf"{IMAGES} cannot be read \(Permission denied\); check its permissions"):
        load(source, published)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00\x08", idx((3, 28, 28), [0] * 99), b"\x00\x00\x0d" + CONTENTS[0][3:], CONTENTS[0] + b"\x00"],
    ids=["empty", "three bytes", "too short", "floats", "too long"],
)
def test_a_wrong_idx_header_is_named(source, published, content):
    (published / IMAGES).write_bytes(pack(content))
    wrong = replace(source, md5=(*md5s([content]), *source.md5[1:]))
    with pytest.raises(DataError, match=rf"{IMAGES} is not in IDX format: .*{len(content):,} bytes; expected 00000801"):
        load(wrong, published)


def test_the_compressed_file_is_verified_where_that_is_what_was_published(source, published):
    packed = [(published / name).read_bytes() for name in data.FILES]
    assert_tiny(load(replace(source, md5=md5s(packed), decompressed=False), published))
    with pytest.raises(DataError, match="the MD5 of its file is"):
        load(replace(source, decompressed=False), published)


def test_files_are_found_without_reading_or_downloading(source, published, cache, mirror):
    with pytest.raises(DataError, match=rf"tiny/{IMAGES} does not exist; cnncourse.data.tiny\(\) downloads it"):
        find_files(source)
    assert not cache.exists()
    (published / IMAGES).write_bytes(b"damaged, but there")
    assert find_files(source, published) == [published / name for name in data.FILES]
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("read", "published_source"), [(data.mnist, data.MNIST), (data.fashion_mnist, data.FASHION_MNIST)]
)
def test_each_dataset_reads_its_own_files(read, published_source, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path))
    with pytest.raises(DataError, match=f"{published_source.folder}/{IMAGES} does not exist"):
        read()


def test_mnist_is_what_was_published():
    try:
        find_files(data.MNIST)
    except DataError as error:
        pytest.skip(str(error).splitlines()[0])
    dataset = data.mnist()
    assert [tuple(part.shape) for part in dataset] == [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]
    assert dataset.train_labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert dataset.train_images.aminmax() == (0, 1)
    assert round(dataset.train_images.double().mean().item(), 4) == 0.1307


def test_digits_are_scikit_learn_s():
    images, labels = digits()
    theirs = load_digits()
    assert torch.equal(images * 16, torch.from_numpy(theirs.images).float())
    assert labels.tolist() == theirs.target.tolist()
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert images.aminmax() == (0, 1)


@pytest.mark.parametrize("size", data.DIGIT_SIZES)
def test_digits_come_in_three_sizes(size):
    images, labels = digits(size)
    assert images.shape == (1797, size, size)
    assert labels.shape == (1797,)
    assert labels.tolist() == digits()[1].tolist()
    blocks = torch.nn.functional.interpolate(images[:, None], size=(8, 8), mode="area")[:, 0]
    both = torch.stack([blocks.flatten(), digits()[0].flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.95  # the same pictures


@pytest.mark.parametrize("size", [0, 9, 64, "28"])
def test_another_size_is_refused(size):
    with pytest.raises(ValueError, match=rf"size is {size!r}; expected one of 8, 28, 32"):
        digits(size)


def test_digits_without_scikit_learn_name_the_remedy(monkeypatch):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        digits()


def test_digits_come_fresh_so_that_changing_them_harms_nobody():
    digits()[0].zero_()
    assert digits()[0].max() == 1


def test_reading_digits_does_not_import_scikit_learn():
    code = "import sys; from cnncourse.data import digits; digits(); print('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
