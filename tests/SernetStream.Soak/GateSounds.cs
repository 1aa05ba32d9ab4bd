using System.Security.Cryptography;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>What the gate is judged on: corpora and halves of corpora on which no detector here was trained.</summary>
internal static class GateSounds
{
    private const double PauseSeconds = 2;

    /// <summary>Clips of RAVDESS, nEMO and the judging half of the ordinary orders, as many of each, at an RMS of 1.</summary>
    public static List<float[]> Speech(int clips) =>
    [
        .. Files("ravdess/audio", clips).Concat(Files("nemo/audio", clips)).Concat(Files("household/commands", clips, isHalf: true))
            .Select(file => Scaled(Sounds.Load(file), 1)),
    ];

    /// <summary>The clips one after the other with pauses between them, at a level, over the noise of a room.</summary>
    /// <param name="clips">At an RMS of 1.</param>
    /// <param name="levelDb">Of the clips.</param>
    /// <param name="noiseDb">Of the room.</param>
    /// <param name="response">From the talker to the microphone; null: they are at the same place.</param>
    public static float[] Stream(IReadOnlyList<float[]> clips, double levelDb, double noiseDb, float[]? response)
    {
        var pause = (int)(PauseSeconds * Sounds.SampleRate);
        var heard = new float[clips.Sum(clip => clip.Length + pause) + pause];
        var position = pause;
        foreach (var clip in clips)
        {
            var far = response is null ? clip : Scaled(Convolved(clip, response), 1);
            for (var i = 0; i < far.Length && position + i < heard.Length; i++)
            {
                heard[position + i] += far[i] * (float)Decibels(levelDb);
            }

            position += clip.Length + pause;
        }

        var noise = Scaled(Sounds.Pink(20), Decibels(noiseDb));
        for (var i = 0; i < heard.Length; i++)
        {
            heard[i] = Math.Clamp(heard[i] + noise[i % noise.Length], -1, 1);
        }

        return heard;
    }

    /// <summary>Kinds of sounds that are no speech, though some are voices.</summary>
    public static IEnumerable<(string Name, float[] Samples)> Noises(int clips)
    {
        yield return ("silence", Sounds.Silence(120));
        foreach (var level in (int[])[-60, -50, -40, -30, -20])
        {
            yield return ($"white noise, {level} dB", Scaled(Sounds.White(60), Decibels(level)));
            yield return ($"pink noise, {level} dB", Scaled(Sounds.Pink(60), Decibels(level)));
            yield return ($"hum, {level} dB", Scaled(Hum(60), Decibels(level)));
            yield return ($"fan, {level} dB", Scaled(Fan(60), Decibels(level)));
        }

        foreach (var kind in Directory.GetDirectories(Repository.Dataset("noise/esc10")).Order(StringComparer.Ordinal))
        {
            yield return ($"{Path.GetFileName(kind)}", Together(Files($"noise/esc10/{Path.GetFileName(kind)}", 40, isHalf: true)));
        }

        foreach (var file in Files("noise/background", 6, isHalf: true))
        {
            yield return (Path.GetFileNameWithoutExtension(file), Sounds.Load(file));
        }

        yield return ("babies crying", Together(Files("household/cry", clips, isHalf: true)));
        yield return ("music", Together(Files("household/music", clips)));
    }

    /// <summary>A mains hum of 50 Hz with its harmonics, over a little noise.</summary>
    private static float[] Hum(double seconds)
    {
        var noise = Sounds.White(seconds);
        var gain = 0.03f / (float)Sounds.Rms(noise);
        return
        [
            .. noise.Select((sample, n) => (gain * sample)
                + (float)Enumerable.Range(1, 8).Sum(k => Math.Sin((2 * Math.PI * 50 * k * n / Sounds.SampleRate) + k) / k)),
        ];
    }

    /// <summary>Pink noise that swells with the blades, seven times a second, and a tone of the motor.</summary>
    private static float[] Fan(double seconds)
    {
        var noise = Sounds.Pink(seconds);
        var gain = 1 / (float)Sounds.Rms(noise);
        return
        [
            .. noise.Select((sample, n) => (gain * sample * (float)(1 + (0.1 * Math.Sin(2 * Math.PI * 7 * n / Sounds.SampleRate))))
                + (0.5f * (float)Math.Sin(2 * Math.PI * 184 * n / Sounds.SampleRate))),
        ];
    }

    private static float[] Together(IEnumerable<string> files) => [.. files.SelectMany(Sounds.Load)];

    private static IEnumerable<string> Files(string folder, int count, bool isHalf = false)
    {
        string[] extensions = [".flac", ".opus", ".ogg", ".wav"];
        var files = Directory.GetFiles(Repository.Dataset(folder), "*", SearchOption.AllDirectories)
            .Where(file => extensions.Contains(Path.GetExtension(file)) && (!isHalf || IsForJudging(file)))
            .Order(StringComparer.Ordinal).ToArray();
        var stride = Math.Max(1, files.Length / count);
        return files.Where((_, i) => i % stride == 0).Take(count);
    }

    /// <summary>As <c>half_of</c> of training/sernet/everyday.py.</summary>
    private static bool IsForJudging(string file) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileNameWithoutExtension(file)))[0] % 2 == 1;

    private static double Decibels(double level) => Math.Pow(10, level / 20);

    private static float[] Scaled(float[] samples, double rms)
    {
        var gain = (float)(rms / Math.Max(1e-9, Sounds.Rms(samples)));
        return [.. samples.Select(sample => sample * gain)];
    }

    /// <summary>The first half a second of the response, sample by sample where it is loud: what is below −50 dB is left out.</summary>
    private static float[] Convolved(float[] samples, float[] response)
    {
        var loudest = response.Max(Math.Abs);
        var result = new float[samples.Length + (Sounds.SampleRate / 2)];
        for (var tap = 0; tap < Math.Min(response.Length, Sounds.SampleRate / 2); tap++)
        {
            if (Math.Abs(response[tap]) > 0.003f * loudest)
            {
                Add(samples, response[tap], result.AsSpan(tap, samples.Length));
            }
        }

        return result;
    }

    private static void Add(ReadOnlySpan<float> samples, float gain, Span<float> sums)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            sums[i] += gain * samples[i];
        }
    }
}
