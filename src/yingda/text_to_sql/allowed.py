"""The syntax that a question may use: every class of node and every function; all else is refused."""

from __future__ import annotations

from sqlglot import exp

_CLAUSES = """
Select From Join Where Group Having Order Ordered Limit Offset Fetch LimitOptions With CTE Subquery Union
Intersect Except Table TableAlias Alias Distinct Qualify Window WindowSpec WithinGroup Filter Values Tuple
Cube Rollup GroupingSets Lateral Star Column Identifier Literal Boolean Null Paren Case If Var Interval
IntervalSpan DataType DataTypeParam Any All Exists Ordered IgnoreNulls RespectNulls
"""
_OPERATORS = """
And Or Xor Not EQ NEQ GT GTE LT LTE Is Between In Like ILike Escape Glob SimilarTo RegexpLike RegexpILike Add
Sub Mul Div IntDiv Mod Neg DPipe Concat ConcatWs NullSafeEQ NullSafeNEQ BitwiseAnd BitwiseOr BitwiseXor
BitwiseNot BitwiseLeftShift BitwiseRightShift Collate AtTimeZone Cast TryCast JSONExtract JSONExtractScalar
JSONPath JSONPathRoot JSONPathKey JSONPathSubscript Distance
"""
_FUNCTIONS = """
Count Sum Avg Min Max CountIf GroupConcat ArrayAgg AnyValue Median Stddev StddevPop StddevSamp Variance
VariancePop PercentileCont PercentileDisc Quantile ApproxQuantile ApproxDistinct Mode Corr CovarPop CovarSamp
LogicalAnd LogicalOr Grouping RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead FirstValue
LastValue NthValue First Last ArgMax ArgMin Abs Ceil Floor Round Trunc Sqrt Cbrt Exp Ln Log Pow Sign Greatest
Least Degrees Radians Pi Sin Cos Tan Asin Acos Atan Atan2 Cot Rand Coalesce Nullif Lower Upper Initcap Length
ByteLength Substring Left Right Trim Replace Reverse Translate StrPosition Split SplitPart SubstringIndex
StartsWith EndsWith Contains RegexpExtract RegexpReplace RegexpSubstr RegexpInstr RegexpCount Ascii Chr
Unicode Elt Soundex Levenshtein CurrentDate CurrentTime CurrentTimestamp CurrentDatetime Localtime
Localtimestamp UtcDate UtcTime UtcTimestamp Date Datetime Time Timestamp Year Month Day Hour Minute Second
Quarter Week WeekOfYear DayOfWeek DayOfWeekIso DayOfMonth DayOfYear YearOfWeek YearOfWeekIso Dayname
Monthname LastDay Extract DateTrunc TimestampTrunc DatetimeTrunc TimeTrunc DateAdd DateSub DateDiff DateBin
DatetimeAdd DatetimeSub DatetimeDiff TimestampAdd TimestampSub TimestampDiff TimeAdd TimeSub TimeDiff
AddMonths MonthsBetween MakeInterval JustifyDays JustifyHours JustifyInterval DateFromParts
TimestampFromParts TimeFromParts TimeToStr TimeToUnix StrToDate StrToTime StrToUnix UnixToStr UnixToTime
TsOrDsToDate TsOrDsToDateStr TsOrDsToTimestamp TsOrDsToDatetime TsOrDsToTime TsOrDsAdd TsOrDsDiff ToChar
ToDays DateToDi DiToDate TimeStrToDate TimeStrToTime DateStrToDate UnixSeconds UnixDate ToNumber NumberToStr
Hex ExplodingGenerateSeries GenerateSeries Unnest Space WidthBucket
"""
_NAMED = {
    "sqlite": """
        julianday date time datetime strftime unixepoch timediff instr printf format total quote typeof likely
        unlikely char ltrim rtrim glob like iif json_extract json_array_length json_type json_valid nullif
        group_concat string_agg hex unicode sign zeroblob_length octet_length""",
    "postgres": """
        age date_part date_trunc to_char to_date to_timestamp to_number make_date make_timestamp make_time
        btrim ltrim rtrim char_length character_length octet_length lpad_length position div mod cardinality
        now bool_and bool_or every isfinite clock_timestamp statement_timestamp regexp_match array_length
        width_bucket percentile_cont string_agg""",
    "mysql": """
        date_format time_format str_to_date dayname monthname weekday yearweek period_add period_diff
        timestampdiff timestampadd from_days to_days to_seconds time_to_sec sec_to_time makedate maketime
        from_unixtime unix_timestamp convert_tz field find_in_set char_length character_length octet_length
        ltrim rtrim truncate interval format std bit_count isnull strcmp locate instr adddate subdate addtime
        subtime now curdate curtime""",
    "duckdb": """
        strftime strptime date_part date_trunc datepart datetrunc date_diff date_sub date_add datediff epoch
        epoch_ms isodow isoyear yearweek weekday last_day make_date make_timestamp monthname dayname era age
        median quantile_cont quantile_disc mode arg_max arg_min max_by min_by histogram_values product fsum
        bool_and bool_or ltrim rtrim contains prefix suffix instr strpos format_bytes time_bucket even
        list_sort list_count list_unique array_length len""",
}
_TYPES = """
BOOLEAN TINYINT SMALLINT MEDIUMINT INT BIGINT INT128 UTINYINT USMALLINT UMEDIUMINT UINT UBIGINT DECIMAL
UDECIMAL FLOAT DOUBLE CHAR NCHAR VARCHAR NVARCHAR TEXT TINYTEXT MEDIUMTEXT LONGTEXT DATE DATETIME TIMESTAMP
TIMESTAMPTZ TIMESTAMPNTZ TIMESTAMPLTZ TIME TIMETZ YEAR INTERVAL JSON JSONB UUID
"""
_UNITS = """
MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR DECADE CENTURY EPOCH DOW ISODOW DOY
ISOYEAR DAYOFWEEK DAYOFYEAR WEEKDAY YEARWEEK MICROSECONDS MILLISECONDS SECONDS MINUTES HOURS DAYS WEEKS MONTHS
QUARTERS YEARS YEAR_MONTH DAY_HOUR HOUR_MINUTE MINUTE_SECOND DAY_MINUTE DAY_SECOND HOUR_SECOND ALL TIMESTAMP
"""


def _classes(names: str) -> frozenset[type[exp.Expr]]:
    return frozenset(getattr(exp, name) for name in names.split())


NODES = _classes(_CLAUSES) | _classes(_OPERATORS) | _classes(_FUNCTIONS)
NAMED_FUNCTIONS = {dialect: frozenset(names.split()) for dialect, names in _NAMED.items()}
TYPES = frozenset(_TYPES.split())
UNITS = frozenset(_UNITS.split())
_SERIES = _classes("ExplodingGenerateSeries GenerateSeries Unnest")
ROW_SOURCES = {"sqlite": frozenset(), "mysql": frozenset(), "postgres": _SERIES, "duckdb": _SERIES}
"""Functions that may stand where a table does."""

TABLE_PARTS = frozenset({"this", "db", "alias", "joins"})
"""What may hang on a table; samples, versions, partitions and hints may not."""
