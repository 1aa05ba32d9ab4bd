using SernetStream.Audio;
using SernetStream.Audio.Files;
using SernetStream.Dsp.Resampling;
using SernetStream.Models;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Recordings;

/// <summary>The answer for a recording, or for one of its utterances.</summary>
/// <param name="File">As it was named.</param>
/// <param name="Emotion">The answer: a label, <c>unknown</c> or <c>none</c>.</param>
/// <param name="Likeliest">The likeliest label, whether it is the answer or not; null for <c>none</c>.</param>
/// <param name="Confidence">Its probability.</param>
/// <param name="Arousal">As in events.</param>
/// <param name="Probabilities">One a label.</param>
internal record Prediction(
    string File, string Emotion, string? Likeliest, float Confidence, float? Arousal, EmotionScores Probabilities);

/// <summary>An utterance; see <see cref="Prediction"/>.</summary>
/// <param name="Of">What it is.</param>
/// <param name="Start">Seconds from the file's begin.</param>
/// <param name="End">Seconds from the file's begin.</param>
internal sealed record UtterancePrediction(Prediction Of, double Start, double End);

/// <summary>A whole recording; see <see cref="Prediction"/>.</summary>
/// <param name="Of">What it is.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="SpeechSeconds">How much of it is speech; null if nobody looked.</param>
/// <param name="Utterances">How many there are; null if nobody looked.</param>
/// <param name="Reason">Why the answer is <c>none</c>; null if it is another.</param>
internal sealed record RecordingPrediction(
    Prediction Of, double Seconds, double? SpeechSeconds = null, int? Utterances = null, string? Reason = null);

/// <summary>Judges recordings: all that is spoken in them, or their middle as in the papers.</summary>
internal sealed class RecordingPredictor : IDisposable
{
    private readonly ModelCard _card;
    private readonly bool _inTurn;
    private readonly ArousalScale _arousal;
    private readonly RecordingClassifier? _middle;
    private readonly RecordingListener? _listener;
    private readonly SileroDetector? _detector;

    /// <param name="model">What judges.</param>
    /// <param name="inTurn">Whether the model learns its baseline from one recording to the next.</param>
    /// <param name="middle">Whether only the middle of each is judged.</param>
    public RecordingPredictor(EmotionModel model, bool inTurn, bool middle)
    {
        (_card, _inTurn) = (model.Card, inTurn);
        _arousal = new ArousalScale(model.Card);
        if (middle)
        {
            _middle = new RecordingClassifier(model);
            return;
        }

        _listener = new RecordingListener(model, inTurn);
        _detector = new SileroDetector();
    }

    /// <summary>Judges a file, and says on standard error what is wrong with it.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="heard">Takes each utterance when it is over; none where only the middle is judged.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="AudioFileException">It cannot be read.</exception>
    public RecordingPrediction Judge(string file, Action<UtterancePrediction> heard, CancellationToken stop) =>
        _middle is null ? JudgeSpeech(file, heard, stop) : JudgeMiddle(file, _middle);

    /// <inheritdoc/>
    public void Dispose()
    {
        _middle?.Dispose();
        _listener?.Dispose();
        _detector?.Dispose();
    }

    private RecordingPrediction JudgeSpeech(string file, Action<UtterancePrediction> heard, CancellationToken stop)
    {
        using var source = FileSource.Open(file, PlaybackSpeed.Max);
        var sums = new double[_card.Labels.Count];
        var (speech, count) = (0.0, 0);
        _listener!.Listen(source, _detector!, Hear, stop);
        Warn(source.Warning);
        var seconds = (double)source.SamplesRead / source.SampleRate;
        if (count == 0)
        {
            var reason = source.IsSilent ? "silent" : "no speech";
            Warn(source.IsSilent ? null : $"{file} holds no speech that the speech gate hears. To classify its middle anyway, use --middle.");
            return new RecordingPrediction(None(file), seconds, 0, 0, reason);
        }

        return new RecordingPrediction(Decide(file, [.. sums.Select(sum => (float)(sum / speech))]), seconds, speech, count);

        void Hear(HeardUtterance utterance)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += utterance.Seconds * utterance.Probabilities[i];
            }

            (speech, count) = (speech + utterance.Seconds, count + 1);
            heard(new UtterancePrediction(Decide(file, utterance.Probabilities), utterance.Start, utterance.End));
        }
    }

    private RecordingPrediction JudgeMiddle(string file, RecordingClassifier classifier)
    {
        var clip = AudioFile.ReadAll(file);
        Warn(clip.Warning);
        if (clip.IsSilent)
        {
            return new RecordingPrediction(None(file), clip.Duration.TotalSeconds, Reason: "silent");
        }

        var samples = Resampler.Resample(clip.Samples, clip.SampleRate, _card.FrontEnd.SampleRate);
        var answer = _inTurn ? classifier.ClassifyInTurn(samples) : classifier.Classify(samples);
        return new RecordingPrediction(Decide(file, answer), clip.Duration.TotalSeconds);
    }

    private Prediction None(string file) =>
        new(file, EmotionLabel.None, null, 0, null, new EmotionScores(_card.Labels, new float[_card.Labels.Count]));

    private Prediction Decide(string file, ReadOnlySpan<float> probabilities)
    {
        var scores = new EmotionScores(_card.Labels, probabilities);
        var (likeliest, confidence) = scores[Certainty.Likeliest(scores.Values)];
        var emotion = _card.Unknown?.Hold(scores.Values) == true ? EmotionLabel.Unknown : likeliest;
        return new Prediction(file, emotion, likeliest, confidence, _arousal.Expectation(scores.Values), scores);
    }

    private static void Warn(string? sentence)
    {
        if (sentence is not null)
        {
            Console.Error.WriteLine($"sernetd: {sentence}");
        }
    }
}
