using System.Runtime.InteropServices;

namespace SernetStream.Models.Teaching;

/// <summary>
/// What each label usually sounds like to a model: the mean of its features over speakers that it knows. It is what a labelled
/// utterance is compared with, so that how a person sounds is not taken for the mood they were in.
/// </summary>
public sealed class UsualMoods
{
    private readonly float[] _values;

    /// <param name="values">Label by label, the means of all features.</param>
    /// <param name="labelCount">How many labels the model has.</param>
    public UsualMoods(float[] values, int labelCount)
    {
        ArgumentNullException.ThrowIfNull(values);
        (_values, LabelCount) = (values, labelCount);
        Mean = new float[FeatureCount];
        for (var i = 0; i < values.Length; i++)
        {
            Mean[i % FeatureCount] += values[i] / labelCount;
        }
    }

    /// <summary>Labels there are means of.</summary>
    public int LabelCount { get; }

    /// <summary>Features of each.</summary>
    public int FeatureCount => _values.Length / LabelCount;

    /// <summary>The mean over all labels: somebody who is in each of the moods as often.</summary>
    internal float[] Mean { get; }

    /// <summary>Means of one label.</summary>
    public ReadOnlySpan<float> Of(int label) => _values.AsSpan(label * FeatureCount, FeatureCount);

    /// <summary>Reads what a card holds: half-precision numbers, little-endian, in base 64.</summary>
    /// <exception cref="ArgumentException">It is not that, or not for so many labels and features.</exception>
    internal static UsualMoods Parse(string text, int labelCount, int featureCount)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(text);
        }
        catch (FormatException error)
        {
            throw new ArgumentException("voice.moods is not base 64; copy the card again.", error);
        }

        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        if (bytes.Length != labelCount * featureCount * sizeof(ushort))
        {
            throw new ArgumentException(
                $"voice.moods holds {bytes.Length} bytes; {labelCount} labels of {featureCount} features are {labelCount * featureCount * sizeof(ushort)}.");
        }

        var values = new float[halves.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            values[i] = (float)halves[i];
        }

        return values.All(float.IsFinite)
            ? new UsualMoods(values, labelCount)
            : throw new ArgumentException("voice.moods holds what is no number; copy the card again.");
    }
}
