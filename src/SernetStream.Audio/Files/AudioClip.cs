namespace SernetStream.Audio.Files;

/// <summary>A whole recording in memory.</summary>
/// <param name="Samples">Mono, nominally −1..1 (a file of floats may go beyond); at least one.</param>
/// <param name="SampleRate">Samples per second, 8 000 to 192 000.</param>
/// <param name="IsTruncated">True if the file promised more than there is.</param>
/// <param name="IsSilent">True if every sample is zero.</param>
/// <param name="NonFiniteSamples">Samples of any channel that were NaN or infinite and were replaced by 0.</param>
/// <param name="Warning">Sentences on what is wrong with the file, for the user to see; null if nothing is.</param>
public sealed record AudioClip(
    float[] Samples, int SampleRate, bool IsTruncated, bool IsSilent, long NonFiniteSamples, string? Warning)
{
    /// <summary>How long it sounds.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);
}
