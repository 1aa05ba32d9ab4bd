using System.Globalization;
using SernetStream.Dsp.Resampling;
using SernetStream.Models;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// The cascade beside Silero alone, on the same streams: utterances and speech that it misses, how much later it opens
/// and closes, false openings an hour, and how often Silero is asked. Nothing here was trained on.
/// </summary>
internal static class GateSoak
{
    private const double RoomNoiseDb = -68;
    private static readonly double[] LevelsDb = [-50, -40, -30, -20, -6];

    /// <param name="clips">Of each corpus.</param>
    /// <param name="report">Where the tables go.</param>
    public static Task RunAsync(double clips, Report report)
    {
        if (!Directory.Exists(Repository.Dataset("ravdess")))
        {
            report.Note("skipped: needs the corpora");
            return Task.CompletedTask;
        }

        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var alone = new GateListener(model.Card, new SileroDetector());
        using var cascade = new GateListener(model.Card, new SileroDetector { First = new MelDetector() });
        var judge = new GateComparison(alone, cascade);
        Speech(judge, (int)clips, report);
        Noise(judge, (int)clips, report);
        return Task.CompletedTask;
    }

    private static void Speech(GateComparison judge, int clips, Report report)
    {
        var speech = GateSounds.Speech(clips);
        var room = Sounds.Load(Repository.Dataset("household/rooms/openair_genesis_6_studio_live_room.flac"));
        report.Note($"speech: {speech.Count} clips with pauses of 2 s, room noise at {RoomNoiseDb} dB");
        report.Note(GateComparison.SpeechHeading);
        var all = new GateDifference();
        foreach (var place in new[] { "near", "far" })
        {
            foreach (var rate in new[] { 16000, 8000 })
            {
                foreach (var level in LevelsDb)
                {
                    var heard = GateSounds.Stream(speech, level, RoomNoiseDb, place == "far" ? room : null);
                    var samples = rate == Sounds.SampleRate ? heard : Resampler.Resample(heard, Sounds.SampleRate, rate);
                    var difference = judge.Compare(samples, rate);
                    report.Note(string.Create(CultureInfo.InvariantCulture, $"{place,-5}{rate,6} Hz {level,4} dB  {difference.Speech()}"));
                    all.Add(difference);
                }
            }
        }

        report.Note($"together              {all.Speech()}");
        report.Require(all.Missed <= 0.005 * all.Utterances, "the cascade misses at most one utterance in 200 of Silero's");
    }

    private static void Noise(GateComparison judge, int clips, Report report)
    {
        report.Note(GateComparison.NoiseHeading);
        var all = new GateDifference();
        foreach (var (name, samples) in GateSounds.Noises(clips))
        {
            var difference = judge.Compare(samples, Sounds.SampleRate);
            report.Note($"{name,-22}{difference.Noise()}");
            all.Add(difference);
        }

        report.Note($"{"together",-22}{all.Noise()}");
        report.Require(all.Opened <= all.Utterances, "the cascade opens no more often than Silero alone");
    }
}
