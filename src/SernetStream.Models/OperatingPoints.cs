using System.Globalization;

namespace SernetStream.Models;

/// <summary>How readily a voice is given an emotion. Each promises how often ordinary speech gets one by mistake.</summary>
public enum Sensitivity
{
    /// <summary>2 false emotions in a hundred ordinary utterances.</summary>
    Calm,

    /// <summary>5 in a hundred.</summary>
    Normal,

    /// <summary>10 in a hundred.</summary>
    Eager,
}

/// <summary>A threshold, and what was measured with it.</summary>
/// <param name="FalseEmotions">Of a hundred ordinary utterances, how many are given an emotion.</param>
/// <param name="FalseEmotionsKept">The same on fifths of them that the threshold was not chosen on.</param>
/// <param name="Threshold">The probability that an emotion must reach, 0..1.</param>
/// <param name="Recall">Of a hundred utterances with an emotion, how many are given that one.</param>
public sealed record OperatingPoint(double FalseEmotions, double FalseEmotionsKept, float Threshold, double Recall);

/// <summary>What a model is worth at some thresholds (AT-HOME, docs/developer/at-home.md).</summary>
/// <param name="OrdinarySpeech">The folder of ordinary speech that the thresholds were chosen on.</param>
/// <param name="Clips">Recordings of it.</param>
/// <param name="SpeakersHeard">Whether training heard the speakers that recall was measured on: then it is no promise.</param>
/// <param name="Points">The points, by false emotions.</param>
public sealed record OperatingPoints(string OrdinarySpeech, int Clips, bool SpeakersHeard, IReadOnlyList<OperatingPoint> Points)
{
    // Half of the last place that is shown, and a little, for floats.
    private const float Shown = 0.0005f + 0.00001f;

    /// <summary>False emotions in a hundred ordinary utterances that a sensitivity promises.</summary>
    public static int RateOf(Sensitivity sensitivity) => sensitivity switch
    {
        Sensitivity.Calm => 2,
        Sensitivity.Normal => 5,
        _ => 10,
    };

    /// <summary>The point of a sensitivity.</summary>
    public OperatingPoint At(Sensitivity sensitivity) => Points.First(point => point.FalseEmotions == RateOf(sensitivity));

    /// <summary>
    /// The sensitivity of a threshold, to the three places that people are shown; null: of none. 0.573 and 0.574 are both that of 0.5735,
    /// since programs round it either way.
    /// </summary>
    public Sensitivity? Of(float threshold)
    {
        foreach (var sensitivity in Enum.GetValues<Sensitivity>())
        {
            if (Math.Abs(At(sensitivity).Threshold - threshold) <= Shown)
            {
                return sensitivity;
            }
        }

        return null;
    }

    /// <summary>What is wrong with the points, in a sentence; null: nothing.</summary>
    internal string? Problem()
    {
        if (Clips <= 0)
        {
            return $"operatingPoints.clips is {Clips}; it must be greater than 0.";
        }

        foreach (var point in Points)
        {
            var wrong = point.FalseEmotions is not (> 0 and <= 100) ? $"falseEmotions is {Text(point.FalseEmotions)}; it must be greater than 0, at most 100."
                : point.FalseEmotionsKept is not (>= 0 and <= 100) ? $"falseEmotionsKept is {Text(point.FalseEmotionsKept)}; it must be 0..100."
                : point.Threshold is not (> 0 and <= 1) ? $"threshold is {Text(point.Threshold)}; it must be greater than 0, at most 1."
                : point.Recall is not (>= 0 and <= 100) ? $"recall is {Text(point.Recall)}; it must be 0..100."
                : null;
            if (wrong is not null)
            {
                return $"operatingPoints: {wrong}";
            }
        }

        foreach (var (before, after) in Points.Zip(Points.Skip(1)))
        {
            if (after.FalseEmotions <= before.FalseEmotions || after.Threshold > before.Threshold)
            {
                return $"operatingPoints: the threshold {Text(after.Threshold)} of {Text(after.FalseEmotions)} false emotions follows {Text(before.Threshold)} "
                    + $"of {Text(before.FalseEmotions)}; more false emotions must stand later, and need a lower threshold.";
            }
        }

        foreach (var sensitivity in Enum.GetValues<Sensitivity>())
        {
            if (!Points.Any(point => point.FalseEmotions == RateOf(sensitivity)))
            {
                return $"operatingPoints has no point of {RateOf(sensitivity)} false emotions, which the sensitivity {sensitivity.ToString().ToLowerInvariant()} needs.";
            }
        }

        return null;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);
}
