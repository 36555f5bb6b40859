#!/usr/bin/env python3
"""Benchmarks Redawn against other inference engines: the same RED-Net and weights, interleaved in one run.

    python3 -m venv .peers && .peers/bin/pip install torch numpy safetensors pillow onnx onnxruntime openvino ncnn
    .peers/bin/python tests/bench/peers.py --redawn target/release/redawn [--pairs 5 --stride 2 --size 512]
    .peers/bin/python tests/bench/peers.py --redawn target/release/redawn --device NAME   # a GPU

Each round runs every engine once on the same random picture. A row of the table has the effective speeds in GFLOP/s
(operations of direct convolution / median time), and Redawn's time / the best time of the others. Redawn's time is
from `redawn bench`: the network alone, without the warm-up run. The other engines' outputs are first compared with
PyTorch's. On a GPU the others are ncnn (Vulkan, the GPU of that name; also with f16 in memory, as Redawn may use), and
PyTorch and ONNX Runtime with CUDA if installed; sums are f32 in all of them, from pixels in the CPU's memory and back.
"""
import argparse, copy, json, os, statistics, struct, subprocess, sys, tempfile, time
import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "training"))
from rednet import REDNet

WIDTH = 64
TOLERANCE = {True: 1e-4, False: 1e-3}  # largest difference from PyTorch, on values 0..1: on the CPU, on a GPU


def random_net(pairs, stride, path):
    """A network with random weights, written to `path`, with outputs near its input."""
    torch.manual_seed(pairs)
    net = REDNet(4, 3, pairs, WIDTH, stride).eval()
    torch.nn.init.normal_(net.out.weight, 0, 2e-3)
    shape = dict(task="noise", planes_in=4, planes_out=3, pairs=pairs, width=WIDTH, stride=stride)
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, path, metadata={"rednet": json.dumps(shape)})
    return net


def write_ncnn(net, stem):
    """Writes the network in ncnn's format."""
    lines, weights = [], b""

    def conv(source, name, layer, relu):
        nonlocal weights
        upwards = isinstance(layer, torch.nn.ConvTranspose2d)
        w = layer.weight.detach().numpy()
        w = w.transpose(1, 0, 2, 3) if upwards else w
        kind = "Deconvolution" if upwards else "Convolution"
        shape = f"0={layer.out_channels} 1={w.shape[2]} 3={layer.stride[0]} 4={layer.padding[0]} 5=1 6={w.size}"
        lines.append(f"{kind} {name} 1 1 {source} {name} {shape}" + (" 9=1" if relu else ""))
        weights += struct.pack("I", 0) + np.ascontiguousarray(w, np.float32).tobytes() + layer.bias.detach().numpy().tobytes()
        return name

    def split(name):
        lines.append(f"Split split_{name} 1 2 {name} {name}_a {name}_b")
        return f"{name}_a", f"{name}_b"

    lines.append("Input in0 0 1 in0")
    h, x = split("in0")
    skips = {}
    for i, layer in enumerate(net.enc):
        h = conv(h, f"e{i}", layer, True)
        if i % 2 == 1 and i < net.pairs - 1:
            h, skips[i] = split(h)
    for j, layer in enumerate(net.dec):
        mirrored = net.pairs - 2 - j
        h = conv(h, f"d{j}", layer, mirrored not in skips)
        if mirrored in skips:
            lines.append(f"BinaryOp a{j} 2 1 d{j} {skips[mirrored]} a{j} 0=0")
            lines.append(f"ReLU r{j} 1 1 a{j} r{j}")
            h = f"r{j}"
    conv(h, "residual", net.out, False)
    lines.append(f"Slice slice 1 2 {x} picture level -23300=2,3,1")
    lines.append("BinaryOp add 2 1 residual picture out0 0=0")
    blobs = {name for line in lines for part in [line.split()] for name in part[4 + int(part[2]) : 4 + int(part[2]) + int(part[3])]}
    with open(stem + ".param", "w") as f:
        f.write(f"7767517\n{len(lines)} {len(blobs)}\n" + "\n".join(lines) + "\n")
    with open(stem + ".bin", "wb") as f:
        f.write(weights)


def export(net, stem, x):
    torch.onnx.export(torch.nn.Sequential(net), (torch.from_numpy(x),), stem + ".onnx", input_names=["x"], output_names=["y"], dynamo=False, opset_version=17)


def ncnn_gpu(name):
    """The number of ncnn's GPU of that name, or part of a name; none if there is none."""
    import ncnn

    names = [ncnn.get_gpu_info(gpu).device_name() for gpu in range(ncnn.get_gpu_count())]
    return next((gpu for gpu, known in enumerate(names) if name.lower() in known.lower()), None)


def in_ncnn(net, stem, x, threads, gpu=None, f16=False):
    """`gpu`: its number; none for the CPU. `f16`: what is stored in memory."""
    import ncnn

    write_ncnn(net, stem)
    native = ncnn.Net()
    native.opt.num_threads = threads
    native.opt.use_vulkan_compute = gpu is not None
    if gpu is not None:
        native.set_vulkan_device(gpu)
    for key in ("use_fp16_packed", "use_fp16_storage"):
        setattr(native.opt, key, f16)
    for key in ("use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage"):
        setattr(native.opt, key, False)
    native.load_param(stem + ".param")
    native.load_model(stem + ".bin")

    def run():
        extractor = native.create_extractor()
        extractor.input("in0", ncnn.Mat(np.ascontiguousarray(x[0])))
        return np.array(extractor.extract("out0")[1])[None]

    return run


def peers_on_cpu(net, stem, x, threads):
    """For each engine, a function that runs it on `x`."""
    import onnxruntime, openvino

    export(net, stem, x)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(stem + ".onnx", options, providers=["CPUExecutionProvider"])
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    compiled = openvino.Core().compile_model(stem + ".onnx", "CPU", hints)
    ncnn = in_ncnn(net, stem, x, threads)
    return {"ncnn": ncnn, "ONNX Runtime": lambda: session.run(None, {"x": x})[0], "OpenVINO": lambda: compiled(x)[0]}


def peers_on_gpu(net, stem, x, threads, name):
    """For each engine that finds the GPU of that name, a function that runs it on `x`."""
    engines = {}
    gpu = ncnn_gpu(name)
    if gpu is not None:
        engines["ncnn"] = in_ncnn(net, stem, x, threads, gpu)
        engines["ncnn, f16"] = in_ncnn(net, stem, x, threads, gpu, f16=True)
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = False
        on_gpu = copy.deepcopy(net).cuda().to(memory_format=torch.channels_last)
        engines["PyTorch"] = lambda: on_gpu(torch.from_numpy(x).cuda().to(memory_format=torch.channels_last)).cpu().numpy()
    try:
        import onnxruntime
    except ImportError:
        return engines
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        export(net, stem, x)
        provider = ("CUDAExecutionProvider", {"use_tf32": 0})
        session = onnxruntime.InferenceSession(stem + ".onnx", providers=[provider])
        engines["ONNX Runtime"] = lambda: session.run(None, {"x": x})[0]
    return engines


def row(a, pairs, stride, size):
    with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "net.safetensors")
        net = random_net(pairs, stride, weights)
        x = np.random.default_rng(0).random((1, 4, size, size), np.float32)
        is_cpu = a.device == "cpu"
        stem = os.path.join(folder, "net")
        engines = peers_on_cpu(net, stem, x, a.threads) if is_cpu else peers_on_gpu(net, stem, x, a.threads, a.device)
        expected = net(torch.from_numpy(x)).numpy()
        for name, run in engines.items():
            assert np.abs(run() - expected).max() < TOLERANCE[is_cpu], name
        bench = [a.redawn, "bench", "--device", a.device, "--model", weights, "--size", f"{size}x{size}", "--runs", "1", "--json"]
        times = {"Redawn": [], **{name: [] for name in engines}}
        for _ in range(a.rounds):
            for name, run in engines.items():
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)
            run = subprocess.run(bench, capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr.strip())
            times["Redawn"].append(json.loads(run.stdout.splitlines()[-1])["seconds"])
    medians = {name: statistics.median(values) for name, values in times.items()}
    work = 2 * 9 * WIDTH**2 * (2 * pairs - 2) * size**2 / stride**2
    speeds = " | ".join(f"{work / median / 1e9:.0f}" for median in medians.values())
    others = [median for name, median in medians.items() if name != "Redawn"]
    ratio = f"{medians['Redawn'] / min(others):.2f}" if others else "none"
    if a.header:
        print(f"| network | size | {' | '.join(medians)} | time / best of the others |\n" + "|---" * (len(medians) + 3) + "|")
        a.header = False
    print(f"| RED{2 * pairs}, stride {stride} | {size}² | {speeds} | {ratio} |", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--redawn", required=True)
    p.add_argument("--device", default="cpu")
    p.add_argument("--pairs", type=int, nargs="*", default=[5, 10, 15])
    p.add_argument("--stride", type=int, nargs="*", default=[2, 1])
    p.add_argument("--size", type=int, nargs="*", default=[256, 512, 1024])
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    a.header = True
    for stride in a.stride:
        for pairs in a.pairs:
            for size in a.size:
                row(a, pairs, stride, size)


if __name__ == "__main__":
    main()
