using System.Globalization;

namespace SernetStream.Audio.Files;

/// <summary>The facts about a file that was read to its end, and the messages for the user about it.</summary>
internal readonly record struct ReadingReport
{
    private const double MuchClipping = 0.001;

    /// <summary>The file, as it was named.</summary>
    public required string Path { get; init; }

    /// <summary>Samples per second.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Samples that were there, of each channel.</summary>
    public required long Samples { get; init; }

    /// <summary>How long its header says that it is; null where it does not say.</summary>
    public required double? PromisedSeconds { get; init; }

    /// <summary>Whether the end came too early.</summary>
    public required bool IsTruncated { get; init; }

    /// <summary>Whether the last page of an Ogg stream is missing.</summary>
    public required bool IsUnfinishedOgg { get; init; }

    /// <summary>Whether the decoder found an error.</summary>
    public required bool IsDamaged { get; init; }

    /// <summary>Whether another recording follows, which is not read.</summary>
    public required bool IsFollowed { get; init; }

    /// <summary>Whether every sample is zero.</summary>
    public required bool IsSilent { get; init; }

    /// <summary>Samples of all channels that were NaN or infinite.</summary>
    public required long NonFiniteSamples { get; init; }

    /// <summary>How much of it is at the limit, 0..1.</summary>
    public required double ClippedShare { get; init; }

    /// <summary>See <see cref="ChannelMixer.Note"/>.</summary>
    public required string? ChannelNote { get; init; }

    /// <summary>What is wrong with the file; null if nothing is.</summary>
    public string? Warning
    {
        get
        {
            var (there, promised) = Lengths();
            string?[] sentences =
            [
                IsTruncated ? Truncation(there, promised) : null,
                NonFiniteSamples > 0 ? $"{Path} has {NonFiniteSamples} samples that are not numbers; silence replaces them." : null,
                IsFollowed ? $"{Path} holds another recording after the first; only the first, {there}, is read." : null,
                IsSilent ? $"{Path} is silent: every sample is zero." : null,
                ChannelNote is { } note ? $"In {Path}, {note}." : null,
                ClippedShare >= MuchClipping ? Overdriven() : null,
            ];
            var warning = string.Join(' ', sentences.OfType<string>());
            return warning.Length == 0 ? null : warning;
        }
    }

    private string Truncation(string there, string promised) => this switch
    {
        { IsUnfinishedOgg: true } => $"{Path} is cut off: its last page is missing; it has {there}.",
        { PromisedSeconds: null } => $"{Path} is cut off or damaged: {there} could be read.",
        { IsDamaged: false } => $"{Path} is cut off: its header promises {promised}, but it has {there}.",
        _ => $"{Path} is cut off or damaged: its header promises {promised}, but only {there} could be read.",
    };

    private string Overdriven() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Path} is overdriven: {100 * ClippedShare:0.0} % of its samples are at the limit, and its emotion may be wrong. Record it at a lower level.");

    /// <summary>In seconds; in samples where both would read the same.</summary>
    private (string There, string Promised) Lengths()
    {
        var there = string.Create(CultureInfo.InvariantCulture, $"{(double)Samples / SampleRate:f2} s");
        var promised = string.Create(CultureInfo.InvariantCulture, $"{PromisedSeconds:f2} s");
        return there == promised
            ? ($"{Samples} samples", string.Create(CultureInfo.InvariantCulture, $"{PromisedSeconds * SampleRate:f0}"))
            : (there, promised);
    }
}
