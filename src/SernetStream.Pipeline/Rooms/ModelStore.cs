using SernetStream.Models;

namespace SernetStream.Pipeline.Rooms;

/// <summary>The models of this process, each loaded once for all rooms that use it, and kept until the end.</summary>
public sealed class ModelStore : IDisposable
{
    private readonly Dictionary<string, EmotionModel> _models = [];

    /// <summary>A model by name or path.</summary>
    /// <exception cref="ModelException">It cannot be loaded.</exception>
    public EmotionModel Get(string name)
    {
        if (!_models.TryGetValue(name, out var model))
        {
            _models.Add(name, model = EmotionModel.Load(name));
        }

        return model;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _models.Values)
        {
            model.Dispose();
        }
    }
}
