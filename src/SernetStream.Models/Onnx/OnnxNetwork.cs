using Microsoft.ML.OnnxRuntime;
using SernetStream.Native;

namespace SernetStream.Models.Onnx;

/// <summary>Any network, by ONNX Runtime: one session, shared by all classifiers.</summary>
internal sealed class OnnxNetwork : INetwork
{
    private readonly ModelCard _card;
    private readonly InferenceSession _session;
    private readonly long[] _inputShape;
    private readonly long[] _outputShape;

    /// <summary>Loads a model and checks that its inputs and outputs are what the card says.</summary>
    /// <exception cref="ModelException">It cannot be loaded, or card and model disagree.</exception>
    public OnnxNetwork(ModelPackage package)
    {
        _card = package.Card;
        _session = OnnxSession.Open(package.File, _card.Name);
        try
        {
            _inputShape = InputShape(_card);
            _outputShape = [1, _card.Labels.Count];
            var tensors = new TensorChecks(_card, _session);
            tensors.Input("input", _card.InputName, _inputShape, "frontEnd and input.layout");
            tensors.Output("output", _card.OutputName, _outputShape, "labels");
            if (_card.Adaptation is { } voice)
            {
                tensors.Input("voice input", voice.InputName, [1, voice.Size], "voice");
                tensors.Output("voice output", voice.OutputName, [1, voice.Size], "voice");
            }
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Sizes of the input that a card describes.</summary>
    public static long[] InputShape(ModelCard card) => card.Layout == InputLayout.Nchw
        ? [1, 1, card.FrontEnd.FrameCount, card.FrontEnd.FrameFeatures]
        : [1, card.FrontEnd.FrameCount, card.FrontEnd.FrameFeatures];

    public INetworkRun CreateRun() => new Run(this);

    public void Dispose() => _session.Dispose();

    /// <summary>Windows bound to the session, to one output and one baseline.</summary>
    private sealed class Run : INetworkRun
    {
        private readonly OnnxNetwork _network;
        private readonly Dictionary<AlignedBuffer<float>, Window> _windows = [];
        private readonly OnnxTensor<float> _output;
        private readonly OnnxTensor<float>? _state;
        private readonly OnnxTensor<float>? _stateAfter;
        private readonly RunOptions _runOptions = new();

        public Run(OnnxNetwork network)
        {
            _network = network;
            _output = new OnnxTensor<float>(network._outputShape);
            if (network._card.Adaptation is { } voice)
            {
                _state = new OnnxTensor<float>(1, voice.Size);
                _stateAfter = new OnnxTensor<float>(1, voice.Size);
            }
        }

        public Span<float> Output => _output.Span;

        public Span<float> State => _state is null ? [] : _state.Span;

        public Span<float> StateAfter => _stateAfter is null ? [] : _stateAfter.Span;

        public AlignedBuffer<float> CreateFeatures()
        {
            var card = _network._card;
            var window = new Window(new OnnxTensor<float>(_network._inputShape), _network._session.CreateIoBinding());
            _windows.Add(window.Features.Memory, window);
            window.Binding.BindInput(card.InputName, window.Features.Value);
            window.Binding.BindOutput(card.OutputName, _output.Value);
            if (card.Adaptation is { } voice)
            {
                window.Binding.BindInput(voice.InputName, _state!.Value);
                window.Binding.BindOutput(voice.OutputName, _stateAfter!.Value);
            }

            return window.Features.Memory;
        }

        void INetworkRun.Run(AlignedBuffer<float> features) =>
            _network._session.RunWithBinding(_runOptions, _windows[features].Binding);

        public void Dispose()
        {
            foreach (var window in _windows.Values)
            {
                window.Binding.Dispose();
                window.Features.Dispose();
            }

            _windows.Clear();
            _output.Dispose();
            _state?.Dispose();
            _stateAfter?.Dispose();
            _runOptions.Dispose();
        }
    }

    /// <summary>A window's features, and the model bound to them and to a run's results.</summary>
    private sealed record Window(OnnxTensor<float> Features, OrtIoBinding Binding);
}
