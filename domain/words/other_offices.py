"""Offices and shops whose hours and numbers this office does not keep, and is often asked for."""

import re

_OTHERS = re.compile(
    r"医院|卫生[站室院所]|诊所|药店|幼儿园|小学|中学|学校|老师|食堂|派出所|公园|超市|银行|图书|菜市场|市场"
    r"|物业|快递|公交|地铁|车管所|民政局|法院|税务|自来水公司|水务|供电|电力|燃气公司|热力|疫苗|开锁|搬家"
    r"|hospital|school|police|bank"
)


def is_of_others(plain: str) -> bool:
    """Tell whether words name another office than this one.

    Args:
        plain: words in the spelling of `domain.words.plaintext.plain_text`.
    """
    return bool(_OTHERS.search(plain))
