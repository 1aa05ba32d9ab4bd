using System.Diagnostics;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Models.Streaming;
using SernetStream.Pipeline;

namespace SernetStream.Diagnosis;

/// <summary>Whether the model fits its card, gives the right answer, and is fast enough here.</summary>
internal static class ModelChecks
{
    private const string Check = "model";
    private const int Runs = 30;

    /// <summary>Checksum, shapes and known answer.</summary>
    /// <param name="name">Name or path.</param>
    /// <param name="pipeline">How it is to be used.</param>
    /// <param name="windowMs">How long a window takes here, in milliseconds; null: it is measured.</param>
    public static IEnumerable<Finding> All(string name, PipelineOptions pipeline, double? windowMs = null)
    {
        EmotionModel model;
        Finding? refused = null;
        try
        {
            var package = ModelCatalog.Open(name);
            ModelCatalog.Check(package);
            model = new EmotionModel(package);
        }
        catch (ModelException error)
        {
            refused = Finding.Of(Check, error, Remedy(error.Error));
            model = null!;
        }

        if (refused is not null)
        {
            yield return refused;
            yield break;
        }

        using (model)
        {
            yield return Finding.Ok(Check, $"{model.Card.Name} is the file its card describes (SHA-256 {model.Card.Sha256[..12]}…).");
            yield return Answer(model);
            yield return Speed(windowMs ?? MeasureWindowMs(model, pipeline.HopLength), pipeline);
        }
    }

    /// <summary>What the model says to a signal whose answer is known.</summary>
    private static Finding Answer(EmotionModel model)
    {
        float[] answer;
        try
        {
            answer = GoldenOutputs.Ask(model);
        }
        catch (ModelException error)
        {
            return Finding.Of(Check, error, "Copy the model and its card again.");
        }

        return Judge(answer, GoldenOutputs.Of(model.Card));
    }

    internal static Finding Judge(ReadOnlySpan<float> answer, ReadOnlySpan<float> known)
    {
        if (known.IsEmpty)
        {
            return Finding.Ok(Check, "It runs. It is not a built-in model, so its right answer is not known here.");
        }

        var farthest = 0.0;
        for (var i = 0; i < answer.Length; i++)
        {
            farthest = Math.Max(farthest, Math.Abs(answer[i] - known[i]));
        }

        return farthest <= GoldenOutputs.Tolerance
            ? Finding.Ok(Check, $"Its answer to the test signal is right (off by {farthest:0.0000} at most).")
            : Finding.Fault(
                Check,
                $"Its answer to the test signal is wrong: a probability is off by {farthest:0.00}.",
                "Install sernetd again; if that does not help, test the machine's memory (memtester 64M 1), and report it.");
    }

    /// <summary>Whether a window is classified well before the next one comes.</summary>
    internal static Finding Speed(double windowMs, PipelineOptions pipeline)
    {
        var hopMs = 1000 * pipeline.HopSeconds;
        var figures = $"A window takes {windowMs:0.0} ms here, and one comes every {hopMs:0} ms";
        return (windowMs / hopMs) switch
        {
            > 0.9 => Finding.Fault(
                Check,
                $"{figures}: it cannot keep up, and windows will be skipped.",
                "Take the int8 model, lengthen windows.hop, or end other programs on this machine."),
            > 0.4 => Finding.Warning(
                Check,
                $"{figures}: that leaves little for anything else.",
                "Take the int8 model, or lengthen windows.hop."),
            _ => Finding.Ok(Check, $"{figures}: {windowMs / hopMs:P1} of the time, while somebody speaks."),
        };
    }

    /// <summary>The time that features and model take for a window.</summary>
    internal static double MeasureWindowMs(EmotionModel model, int hop)
    {
        using var classifier = model.CreateClassifier();
        using var memory = model.CreateStreamMemory();
        var frontEnd = new StreamingFrontEnd(model.Card.FrontEnd);
        frontEnd.Write(TestSignal.Make((double)model.Card.FrontEnd.SegmentLength / TestSignal.SampleRate));
        return memory is null ? OfSegments(model.Card.FrontEnd, classifier, frontEnd) : OfHops(model.Card, classifier, memory, frontEnd, hop);
    }

    /// <summary>The median: each is computed as a whole.</summary>
    private static double OfSegments(FrontEndOptions options, EmotionClassifier classifier, StreamingFrontEnd frontEnd)
    {
        var (length, end) = (options.SegmentLength, frontEnd.Position);
        var start = Math.Max(0, end - length) / options.HopLength * options.HopLength;
        var times = new double[Runs];
        for (var i = -3; i < Runs; i++)
        {
            var began = Stopwatch.GetTimestamp();
            frontEnd.Cut(start, Math.Min(end, start + length), classifier.Features);
            classifier.Classify();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }

        Array.Sort(times);
        return times[Runs / 2];
    }

    /// <summary>The mean: a window takes as many steps as have become whole since the one before.</summary>
    private static double OfHops(ModelCard card, EmotionClassifier classifier, StreamMemory memory, StreamingFrontEnd frontEnd, int hop)
    {
        var window = classifier.CreateFeatures();
        var signal = TestSignal.Make((double)hop / TestSignal.SampleRate);
        var time = TimeSpan.Zero;
        for (var i = -3; i < Runs; i++)
        {
            frontEnd.Write(signal);
            var began = Stopwatch.GetTimestamp();
            var first = frontEnd.FramesWithin(0, frontEnd.Position, out var count);
            frontEnd.CopyFrames(first, window.Span[..((count + card.Streaming!.Frames) * card.FrontEnd.FrameFeatures)]);
            classifier.Classify(window, new StreamFrames(0, first, count, IsFinal: false, Forgets: true), memory);
            time += i >= 0 ? Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;
        }

        return time.TotalMilliseconds / Runs;
    }

    private static string Remedy(ModelError error) => error switch
    {
        ModelError.NotFound => "Name one of 'sernetd models', or the path of a card.",
        ModelError.BadCard => "Correct the card, or copy the model and its card again.",
        ModelError.ChecksumMismatch => "Copy the model and its card again, both from the same place.",
        ModelError.RuntimeMissing => "Install sernetd again: its folder runtimes/ belongs beside it.",
        _ => "Copy the model and its card again, or name another model.",
    };
}
