"""Handwritten digits and small clothes, as plain tensors: images float32 in [0, 1], labels int64.

The digits come inside scikit-learn. MNIST and Fashion-MNIST are downloaded once from public mirrors, verified and
cached; the environment variable ``CNNCOURSE_DATA`` names a folder to read instead.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import tempfile
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

DIGIT_SIZES = (8, 28, 32)


class Dataset(NamedTuple):
    """A training set and a test set.

    Images have shape (N, 28, 28), float32 in [0, 1]; labels shape (N,), int64 from 0 to 9.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


class DataError(Exception):
    """Data is missing or damaged; the message says which file, what is wrong with it, and what to do."""


@dataclass(frozen=True)
class Source:
    """Where a dataset in MNIST's format comes from, and how its files are verified.

    ``md5`` is that of the decompressed bytes where ``decompressed`` is true, since mirrors compress differently;
    otherwise it is that of the compressed file. ``sizes`` are in decompressed bytes: no file is unpacked further.
    """

    folder: str
    mirrors: tuple[str, ...]
    md5: tuple[str, str, str, str]
    decompressed: bool
    sizes: tuple[int, int, int, int] = (16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000)


FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
MNIST = Source(
    "mnist",
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://yann.lecun.com/exdb/mnist/",
    ),
    (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    decompressed=True,
)
FASHION_MNIST = Source(
    "fashion_mnist",
    (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    decompressed=False,
)
SOURCES = {source.folder: source for source in (MNIST, FASHION_MNIST)}
REMEDY = "delete it and fetch it again"
TIMEOUT = (10, 30)  # seconds until a mirror is reached, and between two pieces of its answer


def digits(size: int = 8) -> tuple[Tensor, Tensor]:
    """Read the handwritten digits that come with scikit-learn, without importing it.

    Args:
        size: 8 as they are; 28 or 32 interpolated bilinearly, MNIST's size and LeNet-5's.

    Returns:
        Images, shape (1797, size, size), float32 in [0, 1], and labels, shape (1797,), int64 from 0 to 9.

    Raises:
        ValueError: another size.
        ModuleNotFoundError: scikit-learn, whose package holds them, is not installed.

    Source: the test set of "Optical Recognition of Handwritten Digits", Alpaydin and Kaynak 1998, CC BY 4.0, as it
        comes with scikit-learn.

    >>> images, labels = digits()
    >>> images.shape, labels[:10].tolist()
    (torch.Size([1797, 8, 8]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    import numpy as np

    if size not in DIGIT_SIZES or isinstance(size, float):
        raise ValueError(f"size is {size!r}; expected one of {', '.join(map(str, DIGIT_SIZES))}")
    package = find_spec("sklearn")  # found, not imported: that would take a second
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn holds the digits and is not installed; pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = torch.from_numpy(np.loadtxt(path, delimiter=",", dtype=np.float32))  # 64 pixels from 0 to 16, and the label
    images = table[:, :-1].reshape(-1, 1, 8, 8) / 16
    if size != 8:
        images = torch.nn.functional.interpolate(images, size=(size, size), mode="bilinear", align_corners=False)
    return images[:, 0], table[:, -1].long()


def mnist(root: str | Path | None = None) -> Dataset:
    """Load MNIST: 60,000 handwritten digits to train on and 10,000 to test.

    Args:
        root: folder that holds the four ``.gz`` files, or a folder ``mnist`` with them. By default the folder named by
            the environment variable ``CNNCOURSE_DATA``, else a cache that is filled by a download of 11 MB, once.

    Returns:
        The dataset; see `Dataset` for shapes and units.

    Raises:
        DataError: a file is missing or damaged, the cache cannot be written, or no mirror can be reached.
        TypeError: ``root`` is no path.

    Source: LeCun, Cortes and Burges.
    """
    return load(MNIST, root)


def fashion_mnist(root: str | Path | None = None) -> Dataset:
    """Load Fashion-MNIST: small grey pictures of ten kinds of clothes, in MNIST's format.

    Args, Returns, Raises:
        as `mnist`; the folder is ``fashion_mnist``, the download 30 MB.

    Source: Xiao, Rasul and Vollgraf 2017.
    """
    return load(FASHION_MNIST, root)


def load(source: Source, root: str | Path | None = None) -> Dataset:
    """Load a dataset in MNIST's format: from ``root``, from ``CNNCOURSE_DATA``, or from the cache, which is filled.

    Args, Returns, Raises:
        as `mnist`.
    """
    root = _root(root)
    if root:
        contents = [_verified(source, path, index) for index, path in enumerate(find_files(source, root))]
    else:
        contents = [_read_cached(source, _cache(source) / name, index) for index, name in enumerate(FILES)]
    images, labels = ([_parse(contents[i], FILES[i]) for i in kind] for kind in ((0, 2), (1, 3)))
    train, test = (pixels.float().div_(255) for pixels in images)
    return Dataset(train, labels[0].long(), test, labels[1].long())


def find_files(source: Source, root: str | Path | None = None) -> list[Path]:
    """Find a dataset's four files without reading or downloading anything.

    Args:
        source: such as `MNIST`.
        root: as in `mnist`; by default ``CNNCOURSE_DATA``, else the cache as it stands.

    Raises:
        DataError: a file is missing; the message's first line says which.
    """
    root = _root(root)
    folders = [root / source.folder, root] if root else [_cache(source)]
    paths = []
    for name in FILES:
        candidates = [(folder / name).absolute() for folder in folders]
        path = next(filter(_is_file, candidates), None)
        if path is None:
            nor = "".join(f", nor does {other}" for other in candidates[1:])
            remedy = "put the file there, or unset CNNCOURSE_DATA and pass no root to have it downloaded"
            if not root:
                remedy = f"cnncourse.data.{source.folder}() downloads it; or CNNCOURSE_DATA may name a folder with it"
            raise DataError(f"{candidates[0]} does not exist{nor}; {remedy}")
        paths.append(path)
    return paths


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise DataError(f"{path} cannot be reached ({error.strerror}); check the permissions of its folder") from None


def _root(root: str | Path | None) -> Path | None:
    name, root = ("root", root) if root else ("CNNCOURSE_DATA", os.environ.get("CNNCOURSE_DATA"))
    try:
        return Path(root).expanduser() if root else None
    except RuntimeError:
        user = Path(str(root)).parts[0]
        raise DataError(f"{name} is {str(root)!r}, and {user} has no home folder; write the whole path") from None
    except TypeError:
        kind = type(root).__name__
        raise TypeError(f"{name} is {root!r}, of type {kind}; expected a folder, as a str or a Path") from None


def _cache(source: Source) -> Path:
    import pooch

    return Path(pooch.os_cache("cnncourse")) / source.folder


def _read_cached(source: Source, path: Path, index: int) -> bytes:
    """Read a file from the cache, downloading it first where it is missing or damaged."""
    try:
        return _verified(source, path, index)
    except DataError as error:  # missing, left by another program, or spoilt by a failing disk
        found = f"{error}\n" if path.exists() else ""
    fresh = _part(source, path, found)
    try:
        content = _download(source, path.name, fresh, index, found)
        os.replace(fresh, path)  # a file takes its name when it is complete, so another process never sees half of it
        return content
    except OSError as error:
        raise DataError(f"{found}{path} cannot be replaced ({error.strerror}); remove it by hand") from None
    finally:
        fresh.unlink(missing_ok=True)  # also after Ctrl-C


def _part(source: Source, path: Path, found: str) -> Path:
    """Create an empty file beside ``path`` that no other process has, to download into."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise DataError(
            f"{found}the cache {path.parent} cannot be written ({error.strerror}); make it writable, or set "
            f"CNNCOURSE_DATA to a folder that holds {source.folder}"
        ) from None
    os.close(handle)
    return Path(name)


def _download(source: Source, name: str, fresh: Path, index: int, found: str) -> bytes:
    """Try the mirrors in turn, and return the decompressed bytes of the first file that is the published one."""
    import pooch

    failures = []
    for mirror in source.mirrors:
        try:
            download = pooch.HTTPDownloader(progressbar=find_spec("tqdm") is not None, timeout=TIMEOUT)
            download(mirror + name, str(fresh), None)
            return _verified(source, fresh, index)
        except Exception as error:  # whatever this mirror did, the next one may do better
            reason = " ".join(str(error).replace(str(fresh), "the answer").split())[:160]
            failures.append(f"  {mirror}: {type(error).__name__}: {reason}")
    raise DataError(
        f"{found}{name} could not be downloaded:\n" + "\n".join(failures) + "\nIs there a network? Without one, set "
        f"CNNCOURSE_DATA to a folder that holds {source.folder}/{name}"
    )


def _verified(source: Source, path: Path, index: int) -> bytes:
    """Return the decompressed bytes, or say in what way the file is not the published one."""
    try:
        with path.open("rb") as packed:
            if not source.decompressed:
                _require_md5(source, path, index, "file", packed)
            content = _unpack(path, packed, source.sizes[index])
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check its permissions") from None
    if source.decompressed:
        _require_md5(source, path, index, "decompressed bytes", BytesIO(content))
    return content


def _unpack(path: Path, packed: BufferedReader, size: int) -> bytes:
    """Unpack no more than ``size`` bytes: a small file may hold gigabytes of zeros."""
    packed.seek(0)
    try:
        with gzip.GzipFile(fileobj=packed) as file:
            content = file.read(size + 1)
    except EOFError:
        raise DataError(f"{path} is truncated: {os.fstat(packed.fileno()).st_size:,} bytes; {REMEDY}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is no gzip file, or is corrupt ({error}); {REMEDY}") from None
    if len(content) > size:
        raise DataError(f"{path} is not the published file: it unpacks to more than {size:,} bytes; {REMEDY}")
    return content


def _require_md5(source: Source, path: Path, index: int, kind: str, file: BufferedReader | BytesIO) -> None:
    found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != source.md5[index]:
        raise DataError(
            f"{path} is not the published file: the MD5 of its {kind} is {found}; expected {source.md5[index]}; "
            f"{REMEDY}"
        )


def _parse(content: bytes, name: str) -> Tensor:
    """Read IDX: two zero bytes, the type 8 (unsigned byte), the rank, a big-endian 32-bit size per axis, the data."""
    rank = content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    sizes = [int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(rank)]
    start = 4 + 4 * rank
    if not rank or len(content) - start != math.prod(sizes):
        raise DataError(
            f"{name} is not in IDX format: it begins {content[:16].hex()} and has {len(content):,} bytes; expected "
            "00000801 (labels) or 00000803 (images), the sizes, and a byte a value"
        )
    return torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(sizes)
