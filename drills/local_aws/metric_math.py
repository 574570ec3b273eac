"""A small part of CloudWatch metric math: arithmetic, comparisons, AND/OR/NOT and a dozen functions over time series.

An expression is parsed by Python's own parser and only the listed node types are evaluated. A series maps a period's start to
its value. Limits: SERVICE_QUOTA gives no data; no SEARCH, METRICS, ANOMALY_DETECTION_BAND, RATE or SQL; an unknown construct
is refused, never guessed.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

Series = Mapping[float, float]
Value = Series | float


class UnsupportedExpressionError(ValueError):
    """The expression uses something this interpreter does not know."""


_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Div: lambda a, b: a / b if b else math.nan,
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
}
_UNARY: dict[type, Callable[[float], float]] = {ast.USub: operator.neg, ast.Not: lambda x: float(not x)}
_ELEMENTWISE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
_AGGREGATE: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}
_WORDS = (
    (r"&&|\bAND\b", " and "),
    (r"\|\||\bOR\b", " or "),
    (r"\bNOT\b", " not "),
    (r"\^", "**"),
    (r"(?<![<>=!])=(?!=)", "=="),
    (r"<>", "!="),
)


def evaluate(expression: str, series: Mapping[str, Series]) -> Value:
    """The value of `expression` where names stand for `series`."""
    source = expression
    for pattern, word in _WORDS:
        source = re.sub(pattern, word, source)
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        raise UnsupportedExpressionError(f"cannot read the expression {expression!r}") from error
    return _value(tree, series)


def _value(node: ast.expr, series: Mapping[str, Series]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _each(_UNARY[type(op)], _value(operand, series))
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]) if (
            type(op) in _BINARY
        ):
            return _pair(_BINARY[type(op)], _value(left, series), _value(right, series))
        case ast.BoolOp(op=op, values=parts):
            return _joined(op, [_value(part, series) for part in parts])
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name.upper(), arguments, series)
    raise UnsupportedExpressionError(f"metric math of the local AWS does not know {ast.unparse(node)!r}")


def _joined(op: ast.boolop, values: list[Value]) -> Value:
    decide = all if isinstance(op, ast.And) else any
    result = values[0]
    for value in values[1:]:
        result = _pair(lambda a, b: float(decide((a, b))), result, value)
    return result


def _call(name: str, arguments: list[ast.expr], series: Mapping[str, Series]) -> Value:
    match name, arguments:
        case "IF", [condition, *rest]:
            yes = _value(rest[0], series) if rest else 1.0
            no = _value(rest[1], series) if len(rest) > 1 else 0.0
            return _choose(_value(condition, series), yes, no)
        case "SERVICE_QUOTA", [_]:
            return {}
        case "FILL", [metric, filler]:
            return _fill(_value(metric, series), _value(filler, series), series)
        case _, [argument] if name in _ELEMENTWISE:
            return _each(_ELEMENTWISE[name], _value(argument, series))
        case _, [ast.List(elts=members)] if name in _AGGREGATE:
            values = [_value(member, series) for member in members]
            times = sorted({t for v in values if isinstance(v, Mapping) for t in v})
            known = {t: [v.get(t, math.nan) if isinstance(v, Mapping) else v for v in values] for t in times}
            return {
                t: _AGGREGATE[name](present)
                for t, row in known.items()
                if (present := [x for x in row if not math.isnan(x)])
            }
        case _, [argument] if name in _AGGREGATE:
            found = _value(argument, series)
            return (
                found if not isinstance(found, Mapping) else (_AGGREGATE[name](list(found.values())) if found else {})
            )
    raise UnsupportedExpressionError(
        f"metric math of the local AWS does not know {name}() with {len(arguments)} arguments"
    )


def _fill(metric: Value, filler: Value, series: Mapping[str, Series]) -> Value:
    times = sorted({t for known in series.values() for t in known})
    if not isinstance(metric, Mapping):
        return metric
    return {t: metric.get(t, filler.get(t, math.nan) if isinstance(filler, Mapping) else filler) for t in times}


def _each(function: Callable[[float], float], value: Value) -> Value:
    return {t: function(x) for t, x in value.items()} if isinstance(value, Mapping) else function(value)


def _at(value: Value, time: float) -> float | None:
    return value.get(time) if isinstance(value, Mapping) else value


def _choose(test: Value, yes: Value, no: Value) -> Value:
    leading = next((v for v in (test, yes, no) if isinstance(v, Mapping)), None)
    if leading is None:
        return yes if test else no
    chosen = {t: _at(yes, t) if _at(test, t) else _at(no, t) for t in leading if _at(test, t) is not None}
    return {t: x for t, x in chosen.items() if x is not None}


def _pair(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {t: function(x, right[t]) for t, x in left.items() if t in right}
    if isinstance(left, Mapping):
        return {t: function(x, right) for t, x in left.items()}
    if isinstance(right, Mapping):
        return {t: function(left, x) for t, x in right.items()}
    return function(left, right)
