using System.Diagnostics;
using System.Globalization;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// How much of a television is judged, and how many people are missed, without the setting <c>monitor</c>, with it as long as nothing is
/// learnt (held while the speakers play), and with it.
/// </summary>
internal static class MonitorSoak
{
    private const double Seconds = 120;

    public static async Task RunAsync(double minutes, Report report)
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        var programme = Files("ravdess/audio", 31).Concat(Files("nemo/audio", 101)).ToArray();
        var (people, rooms) = (Files("emodb/audio", 3), Files("household/rooms", 1, "unis_*"));
        if (programme.Length == 0 || people.Length == 0 || rooms.Length == 0)
        {
            report.Note("ravdess, nemo, emodb and household/rooms are needed; nothing is measured");
            return;
        }

        report.Figure("a step of 32 ms while the speakers play", Cost(), "µs of processor time, beside the speech detector");
        report.Note("television: share of its utterances that are judged; people: share of theirs that are not");
        foreach (var levelDb in (double[])[-5, 0, 5, 10, 15])
        {
            foreach (var (name, listens, holds, ppm) in ((string, bool, bool, double)[])
                [("without", false, false, 0), ("held while it plays", true, true, 0), ("with", true, false, 0), ("with, clocks 50 ppm apart", true, false, 50)])
            {
                var (television, judged, said, missed) = (0, 0, 0, 0);
                for (var room = 0; room < Math.Max(1, minutes * 60 / Seconds); room++)
                {
                    var living = LivingRoom.Mix(Seconds, levelDb, new Random(room), programme, people, rooms);
                    var finals = await FinalsAsync(model, living, listens, holds, ppm);
                    var alone = living.Television.Where(tv => living.People.All(person => tv.End < person.Start - 1 || tv.Start > person.End + 1)).ToList();
                    television += alone.Count;
                    judged += alone.Count(tv => finals.Any(final => tv.ShareIn(final.Start, final.End) > 0.5));
                    said += living.People.Count;
                    missed += living.People.Count(person => !finals.Any(final => person.ShareIn(final.Start, final.End) > 0.5));
                }

                report.Note(string.Create(
                    CultureInfo.InvariantCulture,
                    $"person {levelDb:+0;-0;0} dB, {name,-26} television {100.0 * judged / television,5:0.0} % of {television}, people missed {100.0 * missed / said,5:0.0} % of {said}"));
            }
        }
    }

    private static async Task<List<Saying>> FinalsAsync(EmotionModel model, LivingRoom room, bool listens, bool holds, double ppm)
    {
        using var detector = new SileroDetector();
        var sink = new EventList();
        var options = new PipelineOptions { Smoother = SmootherOptions.For(model.Card) };
        var track = listens ? new MonitorTrack { OnlyHolds = holds } : null;
        using var source = new LivingRoomSource(room, track, delaySeconds: 0.12, ppm);
        await new PipelineHost(source, model, detector, options, sink) { Monitor = track }.RunAsync(CancellationToken.None);
        return [.. sink.Events.Where(e => e.Kind == EmotionEventKind.Final).Select(e => new Saying(e.AudioStart, e.AudioEnd))];
    }

    /// <summary>Microseconds of the quickest of some runs.</summary>
    private static double Cost()
    {
        var (filter, sound) = (new EchoFilter(), Sounds.White(1));
        var quickest = double.MaxValue;
        for (var run = 0; run < 20; run++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var start = 0; start + EchoFilter.BlockLength <= sound.Length; start += EchoFilter.BlockLength)
            {
                var step = sound.AsSpan(start, EchoFilter.BlockLength);
                filter.Process(step, step);
            }

            quickest = Math.Min(quickest, Stopwatch.GetElapsedTime(began).TotalMicroseconds / (sound.Length / EchoFilter.BlockLength));
        }

        return quickest;
    }

    private static string[] Files(string folder, int step, string pattern = "*") =>
        Directory.Exists(Repository.Dataset(folder))
            ? [.. Directory.GetFiles(Repository.Dataset(folder), pattern).Order(StringComparer.Ordinal).Where((_, i) => i % step == 0)]
            : [];
}
