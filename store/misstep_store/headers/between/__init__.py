"""What the spans of many traces tell together, as :mod:`conventions.between` finds it in one."""
