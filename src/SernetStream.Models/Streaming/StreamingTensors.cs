using SernetStream.Models.Teaching;

namespace SernetStream.Models.Streaming;

/// <summary>
/// What the card says of a network that streams: it is fed a step of frames at a time, each frame once, and what it remembers goes
/// in and comes out as tensors. All zeros mean that it has heard nothing.
/// </summary>
/// <param name="Frames">Frames of a step.</param>
/// <param name="States">What it remembers.</param>
public sealed record StreamingTensors(int Frames, IReadOnlyList<StateTensor> States)
{
    /// <summary>What it says an utterance by; null: the card does not say, and it cannot be taught by labelled utterances.</summary>
    public StreamedFeatures? Features { get; init; }

    /// <summary>What is wrong with it; null: nothing.</summary>
    /// <param name="window">Frames of a window.</param>
    internal string? Problem(int window)
    {
        // Two windows that are half a window apart still have all frames between them, the rest of a step included.
        var most = window / 4;
        var names = States.SelectMany(state => (string[])[state.InputName, state.OutputName]).ToList();
        return this switch
        {
            _ when Frames < 1 || Frames > most => $"streaming.frames is {Frames}; it must be 1..{most}, a quarter of a window's frames.",
            { States.Count: 0 } => "streaming.states is empty; a network that streams remembers something.",
            _ when names.Distinct().Count() < names.Count => "streaming.states names a tensor twice.",
            _ when States.FirstOrDefault(state => state.Shape.Count == 0 || state.Shape.Any(size => size < 1)) is { } state =>
                $"streaming.states: the shape of {state.InputName} is [{string.Join(", ", state.Shape)}]; all its sizes must be 1 or more.",
            { Features: { } features } => features.Problem(States),
            _ => null,
        };
    }
}

/// <summary>
/// The features that a network that streams judges an utterance by: means over it, which are one of its states divided by another. From
/// them alone, by weights, it makes its logits.
/// </summary>
/// <param name="SumName">The state that is the sum of them.</param>
/// <param name="CountName">The state that is what it is divided by.</param>
/// <param name="Deviation">How much each varies from utterance to utterance; they are compared as multiples of it.</param>
/// <param name="Moods">What each label usually sounds like, in these multiples.</param>
public sealed record StreamedFeatures(string SumName, string CountName, float[] Deviation, UsualMoods Moods)
{
    /// <summary>What is wrong with them; null: nothing.</summary>
    internal string? Problem(IReadOnlyList<StateTensor> states)
    {
        var (sum, count) = (Of(SumName), Of(CountName));
        return this switch
        {
            _ when sum is null => $"streaming.features.sum is '{SumName}', which is not among the states.",
            _ when count is null => $"streaming.features.count is '{CountName}', which is not among the states.",
            _ when count.Size != 1 => $"streaming.features.count is '{CountName}', which has {count.Size} numbers; it must be one.",
            _ when sum.Forgets != count.Forgets => "streaming.features: either both sum and count forget, or none of them.",
            _ when Deviation.Any(value => value <= 0) => "streaming.features.deviation has a number that is not above 0.",
            _ => null,
        };

        StateTensor? Of(string name) => states.FirstOrDefault(state => state.InputName == name);
    }
}

/// <summary>A tensor that a network remembers from one step to the next.</summary>
/// <param name="InputName">Before a step.</param>
/// <param name="OutputName">After it.</param>
/// <param name="Shape">Of both.</param>
/// <param name="Forgets">
/// Whether it is a sum over all that was heard. Where a stream has no utterances, it is made smaller before each step, so that what
/// is longer ago counts less.
/// </param>
public sealed record StateTensor(string InputName, string OutputName, IReadOnlyList<int> Shape, bool Forgets)
{
    /// <summary>Numbers in it.</summary>
    public int Size => Shape.Aggregate(1, (product, size) => product * size);
}
