"""Who buys and what is bought: Zipf's law, the same in SQL (which makes the rows) and in Python (which makes traffic).

A rank is drawn from a Zipf-Mandelbrot law with exponent 1 by inverting its distribution function; then ranks are
spread over ids by a multiplication modulo the number of rows, so that hot rows do not lie side by side.
"""

from __future__ import annotations

PRODUCT_FLATNESS = 20
"""At 40 000 products the best seller takes 0.6 % of all sales, the best fifth 79 %."""

CUSTOMER_FLATNESS = 50
"""At 80 000 customers the best one has 0.3 % of all orders, the best fifth 78 %."""

SPREAD = 15_485_863
"""A prime larger than any table here, so it divides no number of rows and every rank has an id of its own."""


def rank(u: float, count: int, flatness: int) -> int:
    """Return a rank in [0, count) for a uniform `u` in [0, 1); a larger `flatness` has a less steep head."""
    return min(count - 1, int(flatness * ((1 + count / flatness) ** u - 1)))


def ranked_id(u: float, count: int, flatness: int) -> int:
    """Return the id, 1 to `count`, of the row that the uniform `u` in [0, 1) chooses."""
    return id_of_rank(rank(u, count, flatness), count)


def id_of_rank(position: int, count: int) -> int:
    """Return the id of the row at `position` of the ranking; 0 is the hottest."""
    return 1 + position * SPREAD % count


def sql_functions(seed: int) -> tuple[str, ...]:
    """Return the statements that create the same arithmetic in the session's temporary schema.

    `u(row, stream)` is a uniform number in [0, 1) that depends on nothing but row, stream and `seed`: a hash and no
    random(), so that plans, workers and machines do not matter. The functions are plain SQL and get inlined.
    """
    return (
        f"""CREATE FUNCTION pg_temp.u(bigint, integer) RETURNS double precision IMMUTABLE PARALLEL SAFE
            RETURN (hashint8extended($1 * 64 + $2, {int(seed)}) & 281474976710655) / 281474976710656.0::float8""",
        f"""CREATE FUNCTION pg_temp.ranked_id(double precision, integer, integer) RETURNS integer
            IMMUTABLE PARALLEL SAFE RETURN 1 + (least($2 - 1, trunc($3 * (power(1 + $2::float8 / $3, $1) - 1)))::bigint
            * {SPREAD} % $2)""",
        """CREATE FUNCTION pg_temp.pick(text[], double precision) RETURNS text IMMUTABLE PARALLEL SAFE
            RETURN $1[1 + trunc($2 * cardinality($1))::integer]""",
    )


SQL_FUNCTION_NAMES = ("pick", "ranked_id", "u")
"""What `sql_functions` creates, to be dropped again."""
