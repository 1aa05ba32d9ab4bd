using Microsoft.ML.OnnxRuntime;
using SernetStream.Models.Streaming;

namespace SernetStream.Models.Onnx;

/// <summary>A network that streams, by ONNX Runtime: one graph with its state as inputs and outputs, one session for all streams.</summary>
internal sealed class OnnxStreamingNetwork : IStreamingNetwork
{
    private readonly ModelCard _card;
    private readonly StreamingTensors _streaming;
    private readonly InferenceSession _session;
    private readonly long[] _inputShape;

    /// <summary>Loads a model and checks that its inputs and outputs are what the card says.</summary>
    /// <exception cref="ModelException">It cannot be loaded, or card and model disagree.</exception>
    public OnnxStreamingNetwork(ModelPackage package)
    {
        (_card, _streaming) = (package.Card, package.Card.Streaming!);
        _inputShape = [1, _streaming.Frames, _card.FrontEnd.FrameFeatures];
        _session = OnnxSession.Open(package.File, _card.Name);
        try
        {
            var tensors = new TensorChecks(_card, _session);
            tensors.Input("input", _card.InputName, _inputShape, "frontEnd and streaming.frames");
            tensors.Output("output", _card.OutputName, [1, _card.Labels.Count], "labels");
            foreach (var state in _streaming.States)
            {
                tensors.Input("state", state.InputName, ShapeOf(state), "streaming.states");
                tensors.Output("state", state.OutputName, ShapeOf(state), "streaming.states");
            }

            tensors.OnlyInputs([_card.InputName, .. _streaming.States.Select(state => state.InputName)]);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public INetworkRun CreateRun() => new StreamingRun(_card, this);

    public INetworkState CreateState() => new State(this);

    public INetworkSteps CreateSteps() => new Steps(_inputShape[1] * _inputShape[2]);

    public void Dispose() => _session.Dispose();

    private static long[] ShapeOf(StateTensor state) => [.. state.Shape.Select(size => (long)size)];

    /// <summary>One step, which the state's own tensors take.</summary>
    private sealed class Steps(long numbers) : INetworkSteps
    {
        public int Most => 1;

        public void Compute(INetworkState state, ReadOnlySpan<float> frames, float share, bool keeps, Span<float> answers, Span<float> features)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(frames.Length, numbers);
            ((State)state).Step(frames, share, keeps, answers, features);
        }

        public void Dispose()
        {
            // The tensors are the state's.
        }
    }

    /// <summary>Two copies of the state: a step reads one and writes the other, and then they change places.</summary>
    private sealed class State : INetworkState
    {
        private readonly OnnxStreamingNetwork _network;
        private readonly OnnxTensor<float> _input;
        private readonly OnnxTensor<float> _output;
        private readonly OnnxTensor<float>[][] _states;
        private readonly OrtIoBinding[] _bindings;
        private readonly RunOptions _runOptions = new();
        private readonly int _sum;
        private readonly int _count;
        private int _current;

        public State(OnnxStreamingNetwork network)
        {
            _network = network;
            _input = new OnnxTensor<float>(network._inputShape);
            _output = new OnnxTensor<float>(1, network._card.Labels.Count);
            _states = [Create(), Create()];
            _bindings = [Bind(0), Bind(1)];
            (_sum, _count) = (PlaceOf(network._streaming.Features?.SumName), PlaceOf(network._streaming.Features?.CountName));
        }

        public void Step(ReadOnlySpan<float> frames, float share, bool keeps, Span<float> answer, Span<float> features)
        {
            Fade(share);
            frames.CopyTo(_input.Span);
            _network._session.RunWithBinding(_runOptions, _bindings[_current]);
            _output.Span.CopyTo(answer);
            CopyFeatures(1 - _current, features);
            _current = keeps ? 1 - _current : _current;
        }

        public void Clear()
        {
            _input.Span.Clear();
            foreach (var states in _states)
            {
                foreach (var state in states)
                {
                    state.Span.Clear();
                }
            }
        }

        public void Dispose()
        {
            foreach (var part in (IEnumerable<IDisposable>)[.. _bindings, .. _states[0], .. _states[1], _input, _output, _runOptions])
            {
                part.Dispose();
            }
        }

        private void Fade(float share)
        {
            for (var i = 0; i < _states[_current].Length && share < 1; i++)
            {
                if (_network._streaming.States[i].Forgets)
                {
                    foreach (ref var value in _states[_current][i].Span)
                    {
                        value *= share;
                    }
                }
            }
        }

        private void CopyFeatures(int written, Span<float> features)
        {
            if (features.IsEmpty)
            {
                return;
            }

            var sum = _states[written][_sum].Span;
            var count = _states[written][_count].Span[0];
            for (var i = 0; i < features.Length; i++)
            {
                features[i] = sum[i] / count;
            }
        }

        private int PlaceOf(string? name) => _network._streaming.States.Select(state => state.InputName).ToList().IndexOf(name ?? "");

        private OnnxTensor<float>[] Create() =>
            [.. _network._streaming.States.Select(state => new OnnxTensor<float>(ShapeOf(state)))];

        private OrtIoBinding Bind(int from)
        {
            var binding = _network._session.CreateIoBinding();
            binding.BindInput(_network._card.InputName, _input.Value);
            binding.BindOutput(_network._card.OutputName, _output.Value);
            for (var i = 0; i < _states[from].Length; i++)
            {
                binding.BindInput(_network._streaming.States[i].InputName, _states[from][i].Value);
                binding.BindOutput(_network._streaming.States[i].OutputName, _states[1 - from][i].Value);
            }

            return binding;
        }
    }
}
