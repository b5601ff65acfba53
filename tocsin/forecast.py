"""What a week of counts foretells: how much people will write, how far off that may be, and how many people it takes.

What is expected of a slot is the mean of the same time of day on the last days, each of which weighs less than the one
after it, times the present level: what came in the last hours against what the same method says of them. The level's
excess fades away within days. Days are smoothed by an hour to either side. A day that stands out counts for no more
than twice the weighted median of all: one burst at three does not foretell another, but unrest every night does.

The detector's baseline cannot do this, for it leaves out what happened during incidents: in weeks of unrest it
foretells calm.

Weekdays have factors, which are drawn to one by as much as they cannot be told from chance. The counts of the week
should be divided by them before, and what is foretold multiplied again.

How far it may be off, it tells from how far it was: it foretells the last days from what was known before, and takes
the quantiles of its errors beyond the noise of counting, which is added again for whatever is asked.

References:
    Hyndman and Athanasopoulos, "Forecasting: principles and practice", 3rd ed., 2021, for the seasonal naive method and
    prediction intervals from residuals; Holt, "Forecasting seasonals and trends by exponentially weighted moving
    averages", ONR 52, 1957, for weights by halves; Dixon and Tukey, Technometrics 10, 1968, for Winsor's rule; Heaps,
    "Information retrieval", 1978, for authors as a power of posts; Efron and Morris, J. Am. Stat. Assoc. 70, 1975, for
    drawing factors to their mean; Cornish and Fisher, Rev. Inst. Int. Stat. 5, 1938, for Student's quantile.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAYS = 7
TOTALS = 28  # days whose totals tell the weekdays
HALF_LIFE_DAYS = 2.0
STIRRED = 0.2  # what a slot in which a burst lasted weighs, beside those of calm days
CAP, CAP_POSTS = 2.0, 3.0  # of a day, in medians, and in posts an hour on top
LEVEL_HOURS, FADING_HOURS = 6, 24.0
LEVEL_PRIOR = 10.0  # posts as foretold that the level is credited with
MOST_LEVEL = 4.0  # and its inverse is the least
NORMAL = 1.2816  # standard deviations to either side hold 80% of the normal distribution
TAIL = 0.1  # of what may come, on either side
UNKNOWN = (0.8, 3.0)  # how far off it may be, below and above, while nothing tells
UNKNOWN_APART = 1.1  # a factor of three either way
HINDCAST_HOURS, STEP_HOURS = 72, 5  # how far each hindcast looks ahead, and how far apart they are
LEAST_AHEAD = 24  # hours: no hindcast begins later, so that short ones do not prevail
LEAST_ERRORS = 24  # hours foretold before their errors tell anything
GROWTH, GROWTH_PRIOR = 0.85, 0.5  # Heaps' exponent before anything is known, and what that weighs


class Spread(NamedTuple):
    """How far off the forecast may be beyond the noise of counting: as shares of it, below and above."""

    below: float
    above: float

    def bounds(self, posts: float) -> tuple[float, float]:
        """Tell an 80% interval of what will come.

        Args:
            posts: Expected.
        """
        noise = NORMAL * NORMAL * posts
        low = posts - math.sqrt((posts * self.below) ** 2 + noise)
        return max(low, 0.0), posts + math.sqrt((posts * self.above) ** 2 + noise)


class Growth(NamedTuple):
    """Heaps' law: so many posts take ``scale * posts ** exponent`` people."""

    scale: float
    exponent: float

    def authors(self, posts: float) -> float:
        """Tell how many different people write so many posts within an hour or so; never more than there are posts."""
        return min(posts, self.scale * math.pow(posts, self.exponent))


def foretell(week: Floats, stirred: Bools, per_hour: int, ahead: int = 0) -> Floats | None:
    """Foretell a week from the last one.

    Args:
        week: Posts in each slot of the last seven days, the newest last; NaN where nobody knows.
        stirred: In which of them a burst lasted.
        per_hour: Slots in an hour.
        ahead: So many slots lie between the newest and the first that is asked for.

    Returns:
        Posts of each slot of seven days; None if less than an hour is known.
    """
    if np.count_nonzero(~np.isnan(week)) < per_hour:
        return None
    day = _day(week, stirred, per_hour)
    hours = LEVEL_HOURS * per_hour
    latest, said = week[-hours:], day[-hours:]
    known = ~np.isnan(latest)
    level = (float(latest[known].sum()) + LEVEL_PRIOR) / (float(said[known].sum()) + LEVEL_PRIOR)
    excess = math.log(min(max(level, 1 / MOST_LEVEL), MOST_LEVEL))
    lead = (ahead + 0.5 + np.arange(len(week))) / (FADING_HOURS * per_hour)
    fading: Floats = np.roll(np.tile(day, DAYS), -ahead) * np.exp(excess * np.exp(-lead))
    return fading


def _day(week: Floats, stirred: Bools, per_hour: int) -> Floats:
    """Tell what is expected at each time of day, from the one of the oldest slot on."""
    days = _smoothed(week, per_hour).reshape(DAYS, -1)[::-1]
    known = ~np.isnan(days)
    weights = np.where(known, 0.5 ** (np.arange(DAYS)[:, None] / HALF_LIFE_DAYS), 0.0)
    weights *= np.where(stirred.reshape(DAYS, -1)[::-1], STIRRED, 1.0)
    values = np.where(known, days, 0.0)
    capped = np.minimum(values, CAP * _median(values, weights) + CAP_POSTS / per_hour)
    total = weights.sum(axis=0)
    day: Floats = (weights * capped).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, day, day[total > 0].mean())


def _median(values: Floats, weights: Floats) -> Floats:
    """Find the weighted median of each column: the lowest value with half of the weight up to it."""
    order = values.argsort(axis=0, kind="stable")
    reached = np.take_along_axis(weights, order, axis=0).cumsum(axis=0)
    at = (reached >= reached[-1] / 2).argmax(axis=0)
    median: Floats = np.take_along_axis(np.take_along_axis(values, order, axis=0), at[None], axis=0)[0]
    return median


def _smoothed(week: Floats, reach: int) -> Floats:
    """Average what is known of the slots up to ``reach`` before and behind each; NaN where itself is unknown."""
    known = ~np.isnan(week)
    sums = np.concatenate([[0.0], np.where(known, week, 0.0).cumsum()])
    counts = np.concatenate([[0], known.cumsum()])
    place = np.arange(len(week))
    first, last = np.maximum(place - reach, 0), np.minimum(place + reach + 1, len(week))
    return np.where(known, (sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1), np.nan)


class Hindcasts(NamedTuple):
    """What was foretold of hours of the last days from what was known before them, and what came.

    Attributes:
        said: Posts foretold, at least half a one.
        came: Posts that came.
        origin: Number of the moment from which it was foretold.
        calm: Whether no burst lasted in that hour.
    """

    said: Floats
    came: Floats
    origin: NDArray[np.intp]
    calm: Bools


def hindcasts(week: Floats, stirred: Bools, per_hour: int) -> Hindcasts:
    """Foretell hours of the last days from what was known before them; arguments as for :func:`foretell`."""
    per_day = len(week) // DAYS
    parts = [Hindcasts(np.zeros(0), np.zeros(0), np.zeros(0, np.intp), np.zeros(0, np.bool_))]
    for origin in range(len(week) - LEAST_AHEAD * per_hour, per_day - 1, -STEP_HOURS * per_hour):
        unknown = len(week) - origin
        known = np.concatenate([np.full(unknown, np.nan), week[:origin]])
        if np.count_nonzero(~np.isnan(known)) < per_day:
            break
        foretold = foretell(known, np.concatenate([np.zeros(unknown, np.bool_), stirred[:origin]]), per_hour)
        if foretold is None:
            break
        ahead = slice(origin, origin + min(HINDCAST_HOURS * per_hour, unknown // per_hour * per_hour))
        came = week[ahead].reshape(-1, per_hour).sum(axis=1)
        said = np.maximum(foretold[: came.size * per_hour].reshape(-1, per_hour).sum(axis=1), 0.5)
        calm: Bools = ~np.asarray(stirred[ahead].reshape(-1, per_hour).any(axis=1))
        seen = ~np.isnan(came)
        parts.append(Hindcasts(said[seen], came[seen], np.full(np.count_nonzero(seen), origin), calm[seen]))
    return Hindcasts(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def spread(hindcast: Hindcasts, days: float) -> Spread:
    """Tell how far off forecasts may be, from how far those of the last days were.

    Args:
        hindcast: Of the last days.
        days: Of history that it rests on.
    """
    said, came = hindcast.said, hindcast.came
    if len(said) < LEAST_ERRORS:
        return Spread(*UNKNOWN)
    # What remains of each error when the noise of counting is taken off, as the bounds will put it on again.
    beyond = np.sqrt(np.maximum((came - said) ** 2 - NORMAL * NORMAL * said, 0.0)) / said
    below, above = (np.quantile(np.where(side, beyond, 0.0), 1 - TAIL) for side in (came < said, came > said))
    # A few days tell the spread badly: as Student's distribution is wider than the normal one, to the first order.
    wider = 1 + (NORMAL * NORMAL + 1) / (4 * max(days - 1, 1.0))
    return Spread(float(below) * wider, float(above) * wider)


def apart(hindcast: Hindcasts) -> float:
    """Tell how far off the ratio of two hours may be, where no burst lasts in either.

    Two forecasts of one moment share most of their error, so which of two hours carries more is far surer than how much
    either carries.

    Args:
        hindcast: Of the last days.

    Returns:
        A natural logarithm: eight of ten ratios lie within a factor of its exponential, counting noise included.
    """
    errors = np.log((hindcast.came + 0.5) / hindcast.said)
    found = []
    for origin in np.unique(hindcast.origin[hindcast.calm]):
        some = errors[hindcast.calm & (hindcast.origin == origin)]
        one, other = np.triu_indices(len(some), 1)
        found.append(np.abs(some[one] - some[other]))
    pairs = np.concatenate(found) if found else np.zeros(0)
    return float(np.quantile(pairs, 1 - 2 * TAIL)) if len(pairs) >= LEAST_ERRORS else UNKNOWN_APART


def weekdays(totals: Floats) -> Floats:
    """Tell what factors weekdays have, from how their logarithms lie to those of the seven days around each.

    Args:
        totals: Posts of each of the last 28 days, the newest last; NaN where nobody knows.

    Returns:
        Seven factors, for the weekdays of the last seven days in this order; ones until every weekday has two days.
    """
    log = np.log(totals + 1)
    beside = DAYS // 2
    off = np.full(TOTALS, np.nan)
    off[beside:-beside] = log[beside:-beside] - np.lib.stride_tricks.sliding_window_view(log, DAYS).mean(axis=1)
    weeks = off.reshape(-1, DAYS)
    known = ~np.isnan(weeks)
    days = known.sum(axis=0)
    if days.min() < 2:
        return np.ones(DAYS)
    factors = np.where(known, weeks, 0.0).sum(axis=0) / days
    chance = float((np.where(known, weeks - factors, 0.0) ** 2).sum()) / (int(days.sum()) - DAYS) / float(days.mean())
    factors -= factors.mean()
    between = float((factors**2).sum()) / (DAYS - 1)
    keep = max(0.0, 1 - chance / between) if between > 0 else 0.0
    weighed: Floats = np.exp(keep * factors)
    return weighed


def growth(posts: Floats, authors: Floats) -> Growth:
    """Fit Heaps' law to hours, by least squares of logarithms, drawn to the usual exponent.

    Args:
        posts: In each hour that is known.
        authors: Different people who wrote these.
    """
    some = (posts > 0) & (authors > 0)
    x, y = np.log(posts[some]), np.log(authors[some])
    if not len(x):
        return Growth(1.0, GROWTH)
    across = x - x.mean()
    slope = (float((across * y).sum()) + GROWTH_PRIOR * GROWTH) / (float((across * across).sum()) + GROWTH_PRIOR)
    exponent = min(max(slope, 0.3), 1.0)
    return Growth(math.exp(float(y.mean()) - exponent * float(x.mean())), exponent)
