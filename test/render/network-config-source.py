"""Prints the network settings that cloud-init would use, of a folder of cloud.cfg.d and of the network-config of a seed."""
import json
import sys

import yaml
from cloudinit import util
from cloudinit.sources.DataSourceNoCloud import DataSourceNoCloud
from cloudinit.stages import Init


class Seed(DataSourceNoCloud):
    def __init__(self, path):
        with open(path) as file:
            self.seeded = yaml.safe_load(file)['network']

    @property
    def network_config(self):
        return self.seeded


init = Init()
init._cfg = util.read_conf_d(sys.argv[1])
init.datasource = Seed(sys.argv[2])
print(json.dumps(init._find_networking_config()[0]))
