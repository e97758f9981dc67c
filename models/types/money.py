"""Money: stored in 分 (int), shown as 1,234.50, printed on payment sheets in 大写."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from models.errors import RuleError
from models.types.text import flat

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_UNITS = {
    "元": 1,
    "块": 1,
    "圆": 1,
    "千元": 1_000,
    "万": 10_000,
    "万元": 10_000,
    "亿元": 100_000_000,
    "亿": 100_000_000,
}
# One 万亿 元: beyond any budget of a county, and where the groups of 大写 end.
LIMIT = 10**14


def parse(value: str | int | float, unit: str = "元") -> int:
    """分 of an amount: '1,234.5', '¥1234.50', '3.5万', '2000元', or a number counted in unit (元, 千元, 万元).

    A unit written behind the number wins over the argument. Raises RuleError money.format, .cents or .range.
    """
    text = flat(str(value)) if isinstance(value, str) else format(Decimal(str(value)), "f")
    text = re.sub(r"^(人民币|rmb|[¥￥])|(整|人民币)$", "", text, flags=re.I)
    found = re.fullmatch(
        r"(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?|-?\.\d+)(千元|万元|亿元|元|块|圆|万|亿)?", text
    )
    if not found:
        raise RuleError("money.format", "金额应是数字，例如 1,234.50。")
    try:
        amount = Decimal(found[1].replace(",", "")) * _UNITS[found[2] or unit] * 100
    except (InvalidOperation, KeyError):
        raise RuleError("money.format", f"不认识的金额单位：{unit}。") from None
    if amount != amount.to_integral_value():
        raise RuleError("money.cents", "金额最多两位小数(到分)。")
    if abs(amount) >= LIMIT:
        raise RuleError("money.range", "金额太大，请核对单位是元还是万元。")
    return int(amount)


def show(cents: int, grouped: bool = True) -> str:
    """'1,234.50' of 123450; without the commas when not grouped."""
    sign, rest = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{rest // 100:{',' if grouped else ''}}.{rest % 100:02d}"


def _yuan(number: int) -> str:
    words = ""
    owed = False
    for group in range(2, -1, -1):
        part = number // 10_000**group % 10_000
        if part == 0:
            owed = bool(words)
            continue
        if words and (owed or part < 1000):
            words += "零"
        owed = False
        gap = False
        for place in range(3, -1, -1):
            digit = part // 10**place % 10
            if digit == 0:
                gap = True
                continue
            if gap and part >= 10 ** (place + 1):
                words += "零"
            gap = False
            words += _DIGITS[digit] + _PLACES[place]
        words += _GROUPS[group]
    return words


def capital(cents: int) -> str:
    """大写金额, e.g. 壹仟零伍元叁角整 of 100530, by 《正确填写票据和结算凭证的基本规定》; 负 in front."""
    if abs(cents) >= LIMIT:
        raise RuleError("money.range", "金额太大，无法写成大写。")
    if cents == 0:
        return "零元整"
    sign, rest = ("负" if cents < 0 else ""), abs(cents)
    yuan, jiao, fen = rest // 100, rest // 10 % 10, rest % 10
    words = _yuan(yuan) + "元" if yuan else ""
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif fen and yuan:
        words += "零"
    words += _DIGITS[fen] + "分" if fen else "整"
    return sign + words
