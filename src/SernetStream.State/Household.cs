using Microsoft.Extensions.Logging;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Teaching;
using SernetStream.Publishing;

namespace SernetStream.State;

/// <summary>
/// Learns how the people of a household sound from what they say of the last utterance, and keeps it where they asked for that.
/// What cannot be read or written is said once, and nothing is overwritten then: the node works without it.
/// </summary>
internal sealed class Household : INodeFeedback
{
    private readonly ModelCard _card;
    private readonly ILogger _log;
    private readonly LearntFile? _file;
    private LearntState? _state;
    private bool _isKept;
    private volatile string _answer = "nothing is labelled yet";

    private Household(ModelCard card, PipelineControls controls, LearntFile? file, ILogger log)
    {
        (_card, _file, _log) = (card, file, log);
        Teacher = new Teacher(card, controls, TimeProvider.System);
    }

    /// <summary>What the pipeline judges by.</summary>
    public Teacher Teacher { get; }

    public IReadOnlyList<string> Labels => _card.Labels;

    public string Answer => _answer;

    /// <summary>Begins with what is kept; null where nothing is to be learnt from labels, or cannot be.</summary>
    /// <param name="learning">The setting.</param>
    /// <param name="file">Where it is kept; null: there is no state folder.</param>
    /// <param name="card">The model's card.</param>
    /// <param name="controls">The pipeline's.</param>
    /// <param name="log">Where it is said what is not as it should be.</param>
    public static Household? Begin(Learning learning, LearntFile? file, ModelCard card, PipelineControls controls, ILogger log)
    {
        if (learning == Learning.Session && card.Adaptation is not { Size: > 0 })
        {
            log.LogWarning(
                "{Model} has no baseline, so that learn: session changes nothing; use {Other}, or learn: labelled",
                card.Name, ModelCatalog.WithBaseline);
        }

        if (learning is not (Learning.Labelled or Learning.Keep))
        {
            return null;
        }

        if (!Teacher.CanTeach(card))
        {
            log.LogWarning(
                "{Model} cannot learn from labelled utterances, so that learn: {Learning} changes nothing; use {Default}, or learn: off",
                card.Name, learning.ToString().ToLowerInvariant(), ModelCatalog.Default);
            return null;
        }

        var household = new Household(card, controls, learning == Learning.Keep ? file : null, log);
        household.Begin(learning);
        return household;
    }

    public string? Give(string word)
    {
        // Somebody may have enrolled, or been forgotten, since.
        Read();
        var refusal = word == INodeFeedback.Undo ? Teacher.Undo() : Teacher.Label(word);
        if (refusal is not null)
        {
            _answer = $"nothing learnt: {refusal}";
            return refusal;
        }

        Write();
        var count = Teacher.Corrections.Count;
        var learnt = word == INodeFeedback.Undo ? "taken back" : $"learnt as {word}";
        _answer = $"{learnt}; {count} utterance{(count == 1 ? " is" : "s are")} labelled{(_isKept ? "" : ", in memory only")}";
        return null;
    }

    private void Begin(Learning learning)
    {
        if (learning == Learning.Labelled)
        {
            return;
        }

        if (_file is null)
        {
            _log.LogWarning("there is no state folder, so that what is learnt is forgotten when sernetd ends; set STATE_DIRECTORY or HOME");
            return;
        }

        _isKept = true;
        if (Read() is { } state)
        {
            _log.LogInformation(
                "judging by what was learnt here: {Enrolled} utterances of {People} people who enrolled, {Corrected} that were labelled",
                state.Enrolled.Values.Sum(person => person.Count), state.Enrolled.Count, state.Corrections.Count);
        }
    }

    private LearntState? Read()
    {
        if (!_isKept)
        {
            return null;
        }

        var (state, problem) = _file!.Read(_card);
        if (state is null)
        {
            GiveUp(problem!);
            return null;
        }

        Teacher.Begin(state.Everybody(_card), state.Corrections);
        return _state = state;
    }

    private void Write()
    {
        if (!_isKept)
        {
            return;
        }

        try
        {
            _file!.Write(_state! with { Corrections = Teacher.Corrections }, _card);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            GiveUp($"{_file!.Location} cannot be written: {error.Message}");
        }
    }

    /// <summary>From now on nothing is read or written: what is there stays as it is.</summary>
    private void GiveUp(string problem)
    {
        _isKept = false;
        _log.LogWarning("{Problem}. The file stays as it is, and what is learnt is forgotten when sernetd ends", problem);
    }
}
