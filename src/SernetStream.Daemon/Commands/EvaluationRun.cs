using System.Collections.Concurrent;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Dsp.Resampling;
using SernetStream.Evaluation.Audit;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;

namespace SernetStream.Daemon.Commands;

/// <summary>
/// Lets a model hear the recordings of an evaluation. A file that cannot be read is reported, and the exit code is set.
/// </summary>
internal sealed class EvaluationRun(EmotionCorpus corpus, EmotionModel model, ModelEvaluation evaluation)
{
    /// <summary>Exit codes of files that could not be read.</summary>
    public ConcurrentBag<int> Unread { get; } = [];

    /// <summary>Exit code of files that the data set lists and that are not there.</summary>
    public int Missing { get; init; }

    /// <summary>Exit code of the whole run.</summary>
    public int Outcome => Unread.Append(Missing).Max();

    /// <summary>Properties of the clips apart from their speech.</summary>
    public CorpusAudit Audit { get; } = new();

    /// <summary>Classifies the clips of all homes, a classifier for each processor.</summary>
    public void Hear(IReadOnlyList<Home> homes, CancellationToken stop)
    {
        using var progress = ConsoleProgress.Start(homes.Sum(home => home.Clips.Count), "files");
        ForEach(homes, HearOne, stop);

        void HearOne(Home home, RecordingClassifier classifier)
        {
            classifier.Reset();
            foreach (var clip in home.Clips)
            {
                stop.ThrowIfCancellationRequested();
                if (Load(clip, model.Card.FrontEnd.SampleRate, progress) is { } samples)
                {
                    evaluation.Add(clip, classifier.ClassifyInTurn(samples));
                }
            }
        }
    }

    /// <summary>Classifies ordinary speech, each recording by itself.</summary>
    public void HearOrdinary(EmotionCorpus? ordinary, CancellationToken stop)
    {
        if (ordinary is null || evaluation.FalseEmotions is not { } falseEmotions)
        {
            return;
        }

        var files = ordinary.Clips.Select(ordinary.PathOf).ToList();
        using var progress = ConsoleProgress.Start(files.Count, "files of ordinary speech");
        ForEach(
            files,
            (file, classifier) =>
            {
                if (Load(file, progress) is { } audio)
                {
                    var samples = Resampler.Resample(audio.Samples, audio.SampleRate, model.Card.FrontEnd.SampleRate);
                    falseEmotions.AddOrdinary(classifier.Classify(samples));
                }
            },
            stop);
        if (falseEmotions.Count == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {files.Count} files of ordinary speech could be read.");
        }
    }

    /// <summary>The clips that can be read, at a rate.</summary>
    public IReadOnlyDictionary<LabelledClip, float[]> Read(IReadOnlyList<LabelledClip> clips, int sampleRate, CancellationToken stop)
    {
        var read = new ConcurrentDictionary<LabelledClip, float[]>();
        using var progress = ConsoleProgress.Start(clips.Count, "files");
        Parallel.ForEach(clips, new ParallelOptions { CancellationToken = stop }, clip =>
        {
            if (Load(clip, sampleRate, progress) is { } samples)
            {
                read[clip] = samples;
            }
        });
        return read;
    }

    /// <summary>The same of ordinary speech, in the order of its names.</summary>
    public IReadOnlyList<float[]> ReadOrdinary(EmotionCorpus? ordinary, CancellationToken stop)
    {
        if (ordinary is null)
        {
            return [];
        }

        using var progress = ConsoleProgress.Start(ordinary.Clips.Count, "files of ordinary speech");
        var read = ordinary.Clips.AsParallel().AsOrdered().WithCancellation(stop).Select(clip => Load(ordinary.PathOf(clip), progress)).OfType<AudioClip>()
            .Select(audio => Resampler.Resample(audio.Samples, audio.SampleRate, model.Card.FrontEnd.SampleRate)).ToList();
        return read.Count > 0
            ? read
            : throw new CommandException(ExitCode.Input, $"None of the {ordinary.Clips.Count} files of ordinary speech could be read.");
    }

    /// <summary>Plays clips through the pipeline.</summary>
    public async Task<HeardStream?> StreamAsync(List<LabelledClip> clips, StreamingOptions options, CancellationToken stop)
    {
        using var progress = ConsoleProgress.Start(clips.Count, "utterances");
        using var streaming = new StreamingEvaluation(
            corpus.Name, model, clips, clip => Load(clip, UtteranceSource.Rate, progress), options, evaluation);
        return await streaming.RunAsync(stop).ConfigureAwait(false);
    }

    private void ForEach<T>(IReadOnlyList<T> items, Action<T, RecordingClassifier> hear, CancellationToken stop) => Parallel.ForEach(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
        () => new RecordingClassifier(model),
        (item, _, classifier) =>
        {
            hear(item, classifier);
            return classifier;
        },
        classifier => classifier.Dispose());

    /// <summary>A clip at a rate, which the audit looks at too; null if it cannot be read.</summary>
    private float[]? Load(LabelledClip clip, int sampleRate, ConsoleProgress progress)
    {
        if (Load(corpus.PathOf(clip), progress) is not { } audio)
        {
            return null;
        }

        Audit.Add(clip, ClipTraits.Of(audio.Samples, audio.SampleRate));
        return Resampler.Resample(audio.Samples, audio.SampleRate, sampleRate);
    }

    private AudioClip? Load(string path, ConsoleProgress progress)
    {
        try
        {
            return AudioFile.ReadAll(path);
        }
        catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
        {
            progress.Clear();
            Unread.Add(Failure.Report(error));
            return null;
        }
        finally
        {
            progress.Step();
        }
    }
}
