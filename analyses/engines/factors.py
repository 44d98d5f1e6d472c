"""Non-negative matrix factorisation of sparse vectors, in plain Python, and how often the terms of a factor meet."""

from collections.abc import Sequence
from math import sqrt

# Sparse: (column, weight) pairs, weights above 0.
Vector = Sequence[tuple[int, float]]
Matrix = list[list[float]]

ROUNDS = 40
_TINY = 1e-12


def factorise(vectors: Sequence[Vector], *, columns: int, count: int) -> Matrix:
    """Find `count` rows of `columns` non-negative weights, each of length 1, of whose mixtures the vectors are made.

    Alternates exact steps for each factor ("hierarchical alternating least squares", Cichocki and Phan 2009), 40 rounds
    from a start without chance, so that equal vectors give equal rows. Time grows with the number of weights
    times `count`. Without vectors there is no row; where fewer factors explain all there is, the rest are zero.

    >>> rows = factorise([[(0, 1.0)], [(0, 1.0)], [(1, 1.0)]], columns=2, count=2)
    >>> [[round(weight, 2) for weight in row] for row in rows]
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not vectors:
        return []
    rows = _first_rows(vectors, columns=columns, count=count)
    shares = [[0.0] * count for _vector in vectors]
    for _round in range(ROUNDS):
        _improve_shares(shares, rows, vectors)
        _improve_rows(rows, shares, vectors)
    return rows


def means(rows: Sequence[Sequence[float]], vectors: Sequence[Vector], *, cosine_min: float) -> Matrix:
    """Give, for each row, the mean direction of the vectors that lie nearest to it, and so near at least (none: zeros).

    >>> means([[1.0, 0.0], [0.0, 1.0]], [[(0, 0.8), (1, 0.6)], [(0, 1.0)]], cosine_min=0.5)[1]
    [0.0, 0.0]
    """
    sums = [[0.0] * len(row) for row in rows]
    for vector in vectors:
        cosines = [sum(weight * row[column] for column, weight in vector) for row in rows]
        best = max(range(len(rows)), key=cosines.__getitem__)
        if cosines[best] >= cosine_min:
            for column, weight in vector:
                sums[best][column] += weight
    return [_unit(row) for row in sums]


def meetings(terms: Sequence[int], vectors: Sequence[Vector]) -> int:
    """Count how often two of the columns have a weight in one vector: the sum over all pairs.

    >>> meetings([0, 1, 2], [[(0, 1.0), (1, 1.0)], [(0, 1.0), (1, 1.0), (2, 1.0)], [(2, 1.0)]])
    4
    """
    wanted = set(terms)
    met = (sum(column in wanted for column, _weight in vector) for vector in vectors)
    return sum(count * (count - 1) // 2 for count in met)


def _first_rows(vectors: Sequence[Vector], *, columns: int, count: int) -> Matrix:
    """Begin with the vectors around a heavy column, then around what those leave over, and so on."""
    holders: list[list[tuple[int, float]]] = [[] for _column in range(columns)]
    for number, vector in enumerate(vectors):
        for column, weight in vector:
            holders[column].append((number, weight))
    left = [1.0] * len(vectors)
    rows: Matrix = []
    for _ in range(count):
        heaviest = max(holders, key=lambda held: sum(weight * left[number] for number, weight in held))
        row = [0.0] * columns
        for number, _weight in heaviest:
            for column, weight in vectors[number]:
                row[column] += weight * left[number]
        row = _unit(row)
        rows.append(row)
        for number, vector in enumerate(vectors):
            cosine = sum(weight * row[column] for column, weight in vector)
            left[number] *= max(0.0, 1.0 - cosine)
    return rows


def _unit(row: Sequence[float]) -> list[float]:
    length = sqrt(sum(weight * weight for weight in row))
    return [weight / length for weight in row] if length > _TINY else [0.0] * len(row)


def _improve_shares(shares: Matrix, rows: Matrix, vectors: Sequence[Vector]) -> None:
    products = _products(rows)
    by_column = list(zip(*rows, strict=True))
    for share, vector in zip(shares, vectors, strict=True):
        wanted = [0.0] * len(rows)
        for column, weight in vector:
            for number, of_row in enumerate(by_column[column]):
                wanted[number] += weight * of_row
        _step(share, wanted, products)


def _improve_rows(rows: Matrix, shares: Matrix, vectors: Sequence[Vector]) -> None:
    count = len(rows)
    products = [[0.0] * count for _row in rows]
    wanted = [[0.0] * count for _column in rows[0]]
    for share, vector in zip(shares, vectors, strict=True):
        parts = [(number, part) for number, part in enumerate(share) if part > 0.0]
        for number, part in parts:
            for other, other_part in parts:
                products[number][other] += part * other_part
        for column, weight in vector:
            of_column = wanted[column]
            for number, part in parts:
                of_column[number] += weight * part
    for column, of_column in enumerate(wanted):
        weights = [row[column] for row in rows]
        _step(weights, of_column, products)
        for row, weight in zip(rows, weights, strict=True):
            row[column] = weight
    for number, row in enumerate(rows):
        length = sqrt(sum(weight * weight for weight in row))
        rows[number] = _unit(row)
        for share in shares:
            share[number] *= length


def _step(weights: list[float], wanted: Sequence[float], products: Matrix) -> None:
    """Move each weight in turn to its best value while the others stand still; none goes below 0."""
    for number, row in enumerate(products):
        own = row[number]
        if own <= _TINY:
            weights[number] = 0.0
            continue
        rest = (
            sum(weight * product for weight, product in zip(weights, row, strict=True))
            - weights[number] * own
        )
        weights[number] = max(0.0, (wanted[number] - rest) / own)


def _products(rows: Matrix) -> Matrix:
    return [[sum(a * b for a, b in zip(one, other, strict=True)) for other in rows] for one in rows]
