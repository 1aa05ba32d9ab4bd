using System.Globalization;
using SernetStream.Dsp.Resampling;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// The speech detector beside Silero's own file in ONNX Runtime, on the same sound: how far their answers differ, utterances that
/// one of them misses, and how much later ours opens and closes the gate.
/// </summary>
internal static class SileroSoak
{
    private const double RoomNoiseDb = -68;
    private const int PauseSamples = 2 * Sounds.SampleRate;
    private static readonly double[] LevelsDb = [-50, -40, -30, -20, -6];
    private static readonly string[] Corpora = ["emodb", "ravdess", "nemo", "banglaser"];
    private static readonly string[] Noises = ["noise/background", "noise/esc10", "household/cry", "household/music", "household/commands"];

    /// <param name="clips">Of each corpus.</param>
    /// <param name="report">Where the table goes.</param>
    public static Task RunAsync(double clips, Report report)
    {
        var all = new SileroDifference();
        report.Note(SileroDifference.Heading);
        foreach (var (name, samples) in Streams((int)clips))
        {
            var difference = new SileroDifference();
            difference.Hear(samples);
            report.Note($"{name,-24}{difference}");
            all.Add(difference);
        }

        report.Note($"{"together",-24}{all}");
        report.Require(all.Missed <= 0.005 * all.Utterances, "at most one utterance in 200 is missed");
        report.Require(all.Extra <= 0.005 * all.Utterances, "at most one in 200 is heard by ours alone");
        return Task.CompletedTask;
    }

    private static IEnumerable<(string Name, float[] Samples)> Streams(int clips)
    {
        List<float[]> speech = [Sounds.Spoken, .. Corpora.SelectMany(corpus => Files($"{corpus}/audio", clips)).Select(Sounds.Load)];
        foreach (var rate in new[] { 16000, 8000 })
        {
            foreach (var level in LevelsDb)
            {
                var samples = Together(speech, level);
                yield return (
                    string.Create(CultureInfo.InvariantCulture, $"speech {level} dB, {rate / 1000} kHz"),
                    rate == Sounds.SampleRate
                        ? samples
                        : Resampler.Resample(Resampler.Resample(samples, Sounds.SampleRate, rate), rate, Sounds.SampleRate));
            }
        }

        yield return ("pink noise, -50 dB", Scaled(Sounds.Pink(300), -50));
        yield return ("white noise, -60 dB", Scaled(Sounds.White(300), -60));
        foreach (var folder in Noises)
        {
            var sounds = Files(folder, 4 * clips).SelectMany(Sounds.Load).ToArray();
            if (sounds.Length > 0)
            {
                yield return (folder, sounds);
                yield return (folder + ", -30 dB", Scaled(sounds, -30));
            }
        }
    }

    /// <summary>Clips at a level, with pauses between them, over the noise of a room.</summary>
    private static float[] Together(List<float[]> clips, double level)
    {
        var result = Scaled(Sounds.Loop(Sounds.Pink(20), (clips.Sum(clip => clip.Length + PauseSamples) + PauseSamples) / (double)Sounds.SampleRate), RoomNoiseDb);
        var position = PauseSamples;
        foreach (var clip in clips)
        {
            var scaled = Scaled(clip, level);
            for (var i = 0; i < clip.Length; i++)
            {
                result[position + i] = Math.Clamp(result[position + i] + scaled[i], -1, 1);
            }

            position += clip.Length + PauseSamples;
        }

        return result;
    }

    private static float[] Scaled(float[] samples, double decibels)
    {
        var gain = (float)(Math.Pow(10, decibels / 20) / Math.Max(1e-9, Sounds.Rms(samples)));
        return Array.ConvertAll(samples, sample => sample * gain);
    }

    /// <summary>Files of a folder, evenly spread; none if the data set is not there.</summary>
    private static IEnumerable<string> Files(string folder, int count)
    {
        if (!Directory.Exists(Repository.Dataset(folder)))
        {
            return [];
        }

        string[] files = [.. Directory.GetFiles(Repository.Dataset(folder), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".flac" or ".opus" or ".ogg" or ".wav")
            .Order(StringComparer.Ordinal)];
        return files.Where((_, i) => i % Math.Max(1, files.Length / count) == 0).Take(count);
    }
}
