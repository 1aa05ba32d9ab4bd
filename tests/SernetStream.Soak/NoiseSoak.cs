using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// Sound without speech gives no emotion: silence, white and pink noise and, if the corpus is there, running water and dishes.
/// Speech ten decibels above each of them is found.
/// </summary>
internal static class NoiseSoak
{
    private const double SignalToNoiseDb = 10;
    private const double PauseSeconds = 2;
    private const int Sentences = 40;

    public static async Task RunAsync(double minutes, Report report)
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        var noises = Noises();
        var (utterances, emotions) = (0L, 0);
        foreach (var (name, samples) in noises)
        {
            var (counters, events) = await HearAsync(model, Sounds.Loop(samples, minutes * 60 / noises.Count));
            var labels = events.Count(e => e.Kind == EmotionEventKind.Change && e.Emotion != EmotionLabel.None);
            report.Figure($"{name}: utterances", counters.Utterances, $"in {minutes / noises.Count:0.#} min");
            utterances += counters.Utterances;
            emotions += labels;
        }

        report.Require(emotions <= 1, $"noise publishes at most one emotion: {emotions} (utterances: {utterances})");
        var speech = Speech();
        foreach (var (name, samples) in noises.Where(noise => Sounds.Rms(noise.Samples) > 0))
        {
            var (found, all) = await FindAsync(model, speech, samples);
            report.Figure($"{name}: utterances found at 10 dB", found, $"of {all}");
            report.Require(found >= 0.9 * all, $"nine of ten utterances or more are found in {name}");
        }

        if (minutes >= 10)
        {
            await OtherSoundsAsync(model, report);
        }
    }

    private static List<(string Name, float[] Samples)> Noises()
    {
        var noises = new List<(string, float[])> { ("silence", Sounds.Silence(60)) };
        if (Directory.Exists(Repository.Dataset("noise/background")))
        {
            foreach (var name in new[] { "white_noise", "pink_noise", "running_tap", "doing_the_dishes" })
            {
                noises.Add((name, Sounds.Load(Path.Combine(Repository.Dataset("noise/background"), name + ".opus"))));
            }
        }
        else
        {
            noises.Add(("white noise (made)", Sounds.White(60)));
            noises.Add(("pink noise (made)", Sounds.Pink(60)));
        }

        return noises;
    }

    /// <summary>Sentences of a corpus, or the spoken sample.</summary>
    private static List<float[]> Speech()
    {
        var folder = Repository.Dataset("emodb/audio");
        if (!Directory.Exists(folder))
        {
            // Only the gate could find the sentences in the sample, so count it as one.
            return [Sounds.Spoken];
        }

        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToArray();
        return [.. files.Where((_, i) => i % (files.Length / Sentences) == 0).Take(Sentences).Select(Sounds.Load)];
    }

    /// <summary>How many of the sentences mixed into a noise overlap with a final.</summary>
    private static async Task<(int Found, int All)> FindAsync(
        EmotionModel model, List<float[]> speech, float[] noise)
    {
        var places = new List<(double Start, double End)>();
        var length = speech.Sum(clip => clip.Length + (PauseSeconds * Sounds.SampleRate)) / Sounds.SampleRate;
        var mixed = Sounds.Loop(noise, length + PauseSeconds);
        var level = Sounds.Rms(speech.SelectMany(clip => clip).ToArray()) / Sounds.Rms(mixed) / Math.Pow(10, SignalToNoiseDb / 20);
        for (var i = 0; i < mixed.Length; i++)
        {
            mixed[i] *= (float)level;
        }

        var position = (int)(PauseSeconds * Sounds.SampleRate);
        foreach (var clip in speech)
        {
            for (var i = 0; i < clip.Length; i++)
            {
                mixed[position + i] += clip[i];
            }

            places.Add(((double)position / Sounds.SampleRate, (double)(position + clip.Length) / Sounds.SampleRate));
            position += clip.Length + (int)(PauseSeconds * Sounds.SampleRate);
        }

        var (_, events) = await HearAsync(model, mixed);
        var finals = events.Where(e => e.Kind == EmotionEventKind.Final).ToList();
        return (places.Count(place => finals.Any(e => e.AudioStart < place.End && e.AudioEnd > place.Start)), places.Count);
    }

    /// <summary>For information: other sounds of a house (ESC-10). Some of them are voices.</summary>
    private static async Task OtherSoundsAsync(EmotionModel model, Report report)
    {
        var folder = Repository.Dataset("noise/esc10");
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var kind in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            var sounds = Directory.GetFiles(kind).Order(StringComparer.Ordinal).SelectMany(Sounds.Load).ToArray();
            var (counters, events) = await HearAsync(model, sounds);
            var name = Path.GetFileName(kind);
            report.Figure($"{name}: utterances", counters.Utterances, $"in {sounds.Length / 60.0 / Sounds.SampleRate:0.0} min (for information)");
            var said = events.Count(e =>
                e.Kind == EmotionEventKind.Change && e.Emotion != EmotionLabel.None && e.Emotion != EmotionLabel.Unknown);
            report.Figure($"{name}: times an emotion was said", said, "(for information)");
        }
    }

    private static async Task<(PipelineCounters Counters, List<EmotionEvent> Events)> HearAsync(
        EmotionModel model, float[] samples)
    {
        using var detector = new SileroDetector();
        var sink = new EventList();
        var options = new PipelineOptions { Smoother = SmootherOptions.For(model.Card) };
        var host = new PipelineHost(new LoopSource([samples], samples.Length), model, detector, options, sink);
        await host.RunAsync(CancellationToken.None);
        return (host.Counters, sink.Events);
    }
}
