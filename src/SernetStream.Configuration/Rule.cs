namespace SernetStream.Configuration;

/// <summary>What must hold between settings.</summary>
/// <param name="Subject">The setting that the message names.</param>
/// <param name="Other">The setting it does not go with.</param>
/// <param name="Holds">Whether all is well.</param>
/// <param name="Range">What the first must be, to be read after "it must be".</param>
internal sealed record Rule(Setting Subject, Setting Other, Func<SettingValues, bool> Holds, Func<SettingValues, string> Range)
{
    /// <summary>A number that must not be above another.</summary>
    public static Rule AtMost(NumberSetting subject, NumberSetting other) => new(
        subject,
        other,
        values => values.Get(subject) <= values.Get(other),
        values => $"at most {values.TextOf(other)} ({other.Key})");

    /// <summary>A setting that means nothing without another.</summary>
    public static Rule Needs(Setting subject, Setting other) => new(
        subject,
        other,
        values => values.TextOf(subject).Length == 0 || values.TextOf(other).Length > 0,
        _ => $"left out, or {other.Key} given with it");

    /// <summary>Where the mistake is: where one of the two was set.</summary>
    public Origin OriginIn(SettingValues values) =>
        values.OriginOf(Subject) ?? values.OriginOf(Other) ?? new Origin(Subject.Key);

    /// <summary>The sentence for values that the rule does not hold for.</summary>
    public string Problem(SettingValues values)
    {
        var said = values.OriginOf(Subject) is { } origin
            ? $"{origin.Name} is '{values.TextOf(Subject)}'"
            : $"{Subject.Key} is '{values.TextOf(Subject)}', its default";
        return $"{said}; it must be {Range(values)}.";
    }
}
