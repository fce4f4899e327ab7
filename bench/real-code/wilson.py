# Wilson's score interval of a share.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""E. B. Wilson, Probable inference, the law of succession, and statistical inference,
J. Am. Stat. Assoc. 22 (1927)."""


def interval(k, n, z=1.959964):
    """Lower and upper bound of k of n, at 95% for the default z."""
    if n == 0:
        return 0.0, 1.0
    p = k / n
    middle = p + z * z / (2 * n)
    half = z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))
